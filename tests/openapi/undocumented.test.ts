import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../support/answers/observe.mjs';
import { createCheck } from '../support/answers/undocumented.ts';
import { spawnMirage } from '../support/process.ts';
import { readDocument } from './document.ts';

// The check that tests/support/answers/setup.ts applies to every response in every test file.

const document = readDocument();
const check = createCheck(document);
const answer = (method: string, url: string, status: number, body: unknown): Answer => ({
  method,
  url,
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});

describe('reports', () => {
  it.each([
    ['an undocumented status', answer('POST', '/api/join_room', 409, { error: 'room already exists' })],
    ['the error text of another status', answer('POST', '/api/join_room', 403, { error: 'unauthorized' })],
    [
      'an error text that differs in one character',
      answer('GET', '/api/inbox', 401, { error: 'invalid token, please re-login' }),
    ],
    ['an extra field', answer('GET', '/api/ping', 200, { message: 'pong', at: 1 })],
    ['a missing field', answer('POST', '/api/login', 200, { username: 'ada' })],
    ['another media type', { ...answer('GET', '/api/ping', 200, { message: 'pong' }), type: 'text/html' }],
    ['404 for a known path', answer('GET', '/api/ping', 404, { error: 'not found' })],
    ['405 for a supported method', answer('GET', '/api/ping', 405, { error: 'method not allowed' })],
    ['an answer from an unknown path', answer('GET', '/api/pong', 200, { message: 'pong' })],
    [
      'a 500 that the operation cannot cause',
      answer('GET', '/api/ping', 500, { error: 'internal server error' }),
    ],
    ['invalid JSON', { ...answer('GET', '/api/ping', 200, ''), body: 'pong' }],
  ])('%s', (_, wrong) => expect(check(wrong)).toContain(`${wrong.method} ${wrong.url} ${wrong.status}`));
});

describe('accepts', () => {
  it.each([
    ['a documented response', answer('GET', '/api/inbox', 401, { error: 'invalid token , please re-login' })],
    ['an absolute URL', answer('GET', 'http://a.example/api/%70ing?x=1', 200, { message: 'pong' })],
    ['an unknown path', answer('GET', '/api/room_members/abc', 404, { error: 'not found' })],
    ['a wrong method', answer('POST', '/api/user/ada', 405, { error: 'method not allowed' })],
    [
      'another limit on rooms',
      answer('POST', '/api/create_room', 400, {
        error:
          'maximum number of public rooms reached (12). Please create a private room to continue the conversation with the people you would like to',
      }),
    ],
    ['HEAD', { ...answer('HEAD', '/api/inbox', 401, ''), body: '' }],
    ['OPTIONS', { ...answer('OPTIONS', '/api/inbox', 200, ''), body: '', type: '' }],
  ])('%s', (_, right) => expect(check(right)).toBeUndefined());
});

it('reports a status that was removed from the document', () => {
  const less = structuredClone(document);
  delete less.paths['/api/join_room']?.post?.responses['403'];
  const refused = answer('POST', '/api/join_room', 403, { error: 'wrong password' });
  expect([check(refused), createCheck(less)(refused)]).toEqual([undefined, expect.stringContaining('403')]);
});

it('receives the answers of servers in other processes', async () => {
  const { url } = await spawnMirage();
  await fetch(`${await url()}/api/ping`);
  const folder = process.env.RECORD_ANSWERS_IN ?? '';
  const lines = () => readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
  // The server writes it down after it has answered.
  await expect
    .poll(() => lines().join(''), { timeout: 10_000 })
    .toContain('"url":"/api/ping","status":200,"type":"application/json"');
});
