import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../src/rest-compat/openapi.ts';
import { routes } from '../../src/rest-compat/routes.ts';
import { send } from '../legacy/replay.ts';
import { startMirage } from '../support/harness.ts';
import {
  createValidator,
  documentFile,
  examplesOf,
  operationsOf,
  readDocument,
  resolve,
} from './document.ts';

const { Spectral } = spectralCore;
const document = readDocument();
const schemaErrors = createValidator(document);
const documentPath = fileURLToPath(documentFile);

/** The part of Redocly's report that is read. */
interface Lint {
  totals: { errors: number; warnings: number; ignored: number };
}

const text = readFileSync(documentFile, 'utf8');

it('is up to date: npm run openapi', () => {
  expect(text).toBe(`${JSON.stringify(openApiDocument(routes), null, 2)}\n`);
});

describe('as tools read it', () => {
  const redocly = async (...args: string[]) => {
    const cli = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'));
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args, '--format=json'], {
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    return JSON.parse(stdout) as unknown;
  };

  it('passes the strict rules of Redocly', async () => {
    const { totals } = (await redocly('lint', documentPath, '--extends=recommended-strict')) as Lint;
    expect(totals).toEqual({ errors: 0, warnings: 0, ignored: 0 });
  });

  it('has a Redocly score of at least 90', async () => {
    const { agentReadiness } = (await redocly('score', documentPath)) as { agentReadiness: number };
    expect(agentReadiness).toBeGreaterThanOrEqual(90);
  });

  it('passes the OpenAPI rules of Spectral', async () => {
    const spectral = new Spectral();
    // safe: Spectral's own ruleset, whose inferred type is narrower than the declared one
    spectral.setRuleset({ extends: [rulesets.oas as unknown as RulesetDefinition] });
    expect(await spectral.run(text)).toEqual([]);
  });
});

it('describes every operation, parameter and field', () => {
  for (const { operation } of operationsOf(document)) {
    expect(operation.description, operation.operationId).toBeTruthy();
    for (const { name, description } of operation.parameters ?? [])
      expect(description, `${operation.operationId} ${name}`).toBeTruthy();
  }
  for (const [name, { properties = {} }] of Object.entries(document.components.schemas))
    for (const [field, { description }] of Object.entries(properties))
      expect(description, `${name}.${field}`).toBeTruthy();
});

it('names the schemas that clients share, and bounds every list', () => {
  const { schemas } = document.components;
  expect(Object.keys(schemas)).toEqual(
    expect.arrayContaining(['Error', 'InboxMessage', 'JoinedRoom', 'Message', 'Room', 'Session', 'User']),
  );
  for (const { properties = {} } of Object.values(schemas))
    for (const { type, maxItems } of Object.values(properties))
      if (type === 'array') expect(maxItems).toBeGreaterThan(0);
  for (const { operation } of operationsOf(document))
    for (const { content } of Object.values(operation.responses))
      if (content?.['application/json'])
        expect(content['application/json'].schema.$ref, operation.operationId).toBeTruthy();
});

it('documents a 4xx for every operation, and the scheme of every 401', () => {
  for (const { operation } of operationsOf(document)) {
    const statuses = Object.keys(operation.responses);
    expect(
      statuses.filter((status) => status.startsWith('4')),
      operation.operationId,
    ).not.toEqual([]);
    const unauthorized = operation.responses['401'];
    if (unauthorized) expect(Object.keys(unauthorized.headers ?? {})).toEqual(['WWW-Authenticate']);
  }
});

it('has every route, with a reply to invalid input exactly where there are fields', () => {
  expect(operationsOf(document).map(({ path, method }) => `${method} ${path}`)).toEqual(
    routes.map(({ path, method }) => `${method} ${path}`),
  );
  for (const [index, { operation }] of operationsOf(document).entries()) {
    const { requestBody, parameters = [] } = operation;
    const [body] = Object.values(requestBody?.content ?? {});
    const fields = (body && resolve(document, body.schema).properties) ?? {};
    const count =
      Object.keys(fields).length + parameters.filter((parameter) => parameter.in !== 'header').length;
    expect(routes[index]?.badInput !== undefined, operation.operationId).toBe(count > 0);
  }
});

it('has an example request for every response that requests alone can cause', () => {
  const shown = examplesOf(document);
  const isAsked = ({ example }: (typeof shown)[number]) => example['x-request'] !== undefined;
  // Needs a host application (tests/embedding), a failure, a hundred rooms (tests/chat/quotas), settings (tests/mail, tests/auth/password-rules), a second factor (tests/auth/second-factor), or settings and slow clients (files.test.ts).
  const isElsewhere =
    /(403 MANAGED_BY_HOST|400 WEAK_PASSWORD|login 403 EMAIL_NOT_VERIFIED|updateSettings (400 INVALID_INPUT|403 PROOF_REQUIRED)|503 UNAVAILABLE|400 ROOM_LIMIT|400 MEMBERSHIP_LIMIT|uploadFile (403 FILES_OFF|408 TOO_SLOW|413 FILE_QUOTA|415 FILE_TYPE_NOT_ALLOWED|429 TOO_MANY_UPLOADS|507 STORAGE_FULL))$/;
  const limited = (each: { title: string }) => each.title.endsWith('429 TOO_MANY_REQUESTS');
  const others = shown.filter((each) => !isAsked(each) && !isElsewhere.test(each.title) && !limited(each));
  expect(others.map(({ title }) => title)).toEqual([]);
  // The other operations are limited only by unknown tokens or by the queue of password hashes.
  expect(
    shown.filter((each) => isAsked(each) && limited(each)).map(({ title }) => title.split(' ')[0]),
  ).toEqual(['register', 'login', 'sendInboxMessage', 'joinRoom', 'sendRoomMessage', 'uploadFile']);
});

it('has request examples that match their schemas', () => {
  for (const { operation } of operationsOf(document))
    for (const { schema, examples } of Object.values(operation.requestBody?.content ?? {}))
      for (const { value } of Object.values(examples)) expect(schemaErrors(schema, value)).toEqual([]);
});

it('is served unchanged, to all origins, with an ETag', async () => {
  const { url } = await startMirage();
  const response = await fetch(`${url}/openapi.json`, { headers: { origin: 'https://example.com' } });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'application/json; charset=utf-8',
  ]);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('cache-control')).toBe('no-cache');
  expect(await response.json()).toEqual(JSON.parse(text));

  // Not with fetch, which overrides the caching headers.
  const headers = { 'If-None-Match': response.headers.get('etag') ?? '' };
  const step = { id: 'again', method: 'GET', path: '/openapi.json', headers, expect: { status: 304 } };
  expect(await send(url, step, new Map())).toMatchObject({ status: 304, text: '' });
});
