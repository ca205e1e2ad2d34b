import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, it } from 'vitest';
import { openApiDocument } from '../../src/rest-compat/openapi.ts';
import { routes } from '../../src/rest-compat/routes.ts';
import { send } from '../legacy/replay.ts';
import { startMirage } from '../support/harness.ts';
import { documentFile, examplesOf, misfits, operationsOf, readDocument } from './document.ts';

const document = readDocument();
const text = readFileSync(documentFile, 'utf8');

it('is in docs/ as the table makes it: npm run openapi', () => {
  expect(text).toBe(`${JSON.stringify(openApiDocument(routes), null, 2)}\n`);
});

it('is valid OpenAPI 3.1', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  // The four answers that belong to no operation, and the paths that refuse nothing.
  const warned = problems.map(({ ruleId }) => ruleId);
  expect(new Set(warned)).toEqual(new Set(['no-unused-components', 'operation-4xx-response']));
  expect(warned.length).toBe(6);
});

it('has every path of the table, each with the fields that it reads and no answer to bad ones if there are none', () => {
  expect(operationsOf(document).map(({ path, method }) => `${method} ${path}`)).toEqual(
    routes.map(({ path, method }) => `${method} ${path}`),
  );
  for (const [index, { operation }] of operationsOf(document).entries()) {
    const { requestBody, parameters = [] } = operation;
    const fields = requestBody?.content['application/json']?.schema.properties ?? {};
    const count = Object.keys(fields).length + parameters.length;
    expect(routes[index]?.badInput !== undefined, operation.operationId).toBe(count > 0);
  }
});

it('shows each answer but those that take more than requests', () => {
  const shown = examplesOf(document);
  const isAsked = ({ example }: (typeof shown)[number]) => example['x-request'] !== undefined;
  // Of an application that has users of its own: tests/embedding.
  const ofHosts = /(403 MANAGED_BY_HOST|503 UNAVAILABLE)$/;
  const others = shown.filter((each) => !isAsked(each) && !ofHosts.test(each.title));
  const limited = (each: { title: string }) => each.title.endsWith('429 TOO_MANY_REQUESTS');
  // A path whose part is no number is another path.
  expect(others.filter((each) => !limited(each)).map(({ title }) => title)).toEqual([
    'listRoomMembers 404 BAD_INPUT',
  ]);
  // All else that is limited is so by how many unknown tokens come, or how many passwords wait to be hashed.
  expect(
    shown.filter((each) => isAsked(each) && limited(each)).map(({ title }) => title.split(' ')[0]),
  ).toEqual(['register', 'login', 'sendInboxMessage', 'joinRoom', 'sendRoomMessage']);
});

it('has examples of requests that its schemas allow', () => {
  for (const { operation } of operationsOf(document))
    for (const { schema, examples } of Object.values(operation.requestBody?.content ?? {}))
      for (const { value } of Object.values(examples)) expect(misfits(schema, value)).toEqual([]);
});

it('is served as it is, to pages of others too, and sent again only when it has changed', async () => {
  const { url } = await startMirage();
  const response = await fetch(`${url}/openapi.json`, { headers: { origin: 'https://example.com' } });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'application/json; charset=utf-8',
  ]);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('cache-control')).toBe('no-cache');
  expect(await response.json()).toEqual(document);

  // By hand, as fetch asks for a fresh one whatever is said.
  const headers = { 'If-None-Match': response.headers.get('etag') ?? '' };
  const step = { id: 'again', method: 'GET', path: '/openapi.json', headers, expect: { status: 304 } };
  expect(await send(url, step, new Map())).toMatchObject({ status: 304, text: '' });
});
