import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';

const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = json): RequestInit => ({
  method: 'POST',
  headers,
  body,
});

type Row = [what: string, path: string, init: RequestInit, status: number, reason: string];

const input = (value: unknown) => `?input=${encodeURIComponent(JSON.stringify(value))}`;

const rows: Row[] = [
  ['an unknown procedure', 'no.such', {}, 404, 'NO_SUCH_PROCEDURE'],
  ['half a name', 'auth', {}, 404, 'NO_SUCH_PROCEDURE'],
  ['a name from the prototype', 'constructor', {}, 404, 'NO_SUCH_PROCEDURE'],
  ['another name from the prototype', 'auth.__proto__', post('{}'), 404, 'NO_SUCH_PROCEDURE'],
  ['a mutation by GET', 'auth.login', {}, 405, 'WRONG_METHOD'],
  ['a query by POST', 'users.count', post('{}'), 405, 'WRONG_METHOD'],
  ['a body that is no JSON', 'auth.login', post('{"username":'), 400, 'INVALID_INPUT'],
  ['an input that is no JSON', 'users.get?input={', {}, 400, 'INVALID_INPUT'],
  ['no body', 'auth.login', post(''), 400, 'INVALID_INPUT'],
  ['a list for an object', 'auth.login', post('[]'), 400, 'INVALID_INPUT'],
  ['null for an object', 'auth.login', post('null'), 400, 'INVALID_INPUT'],
  ['a plain text', 'auth.login', post('{}', { 'content-type': 'text/plain' }), 415, 'WRONG_CONTENT_TYPE'],
  ['XML', 'auth.login', post('<a/>', { 'content-type': 'application/xml' }), 415, 'WRONG_CONTENT_TYPE'],
  ['a body beyond 128 KB', 'auth.login', post(`{"x":"${'x'.repeat(131_072)}"}`), 413, 'TOO_LARGE'],
  ['no token', 'auth.me', {}, 401, 'UNAUTHORIZED'],
  ['a wrong token', 'auth.me', { headers: { authorization: 'x' } }, 401, 'UNAUTHORIZED'],
  ['a refusal by the rules', `users.get${input({ username: 'x' })}`, {}, 404, 'USER_NOT_FOUND'],
];

/** Patterns that must never appear in a response. */
const internals = /\\n +at |\.[jt]s:\d|node_modules|"stack"|prisma|sqlite|\bSELECT\b/i;

it.each(rows)(
  'answers %s with a status and a reason, and no internals',
  async (_, path, init, status, reason) => {
    const { url } = await startMirage();

    const response = await fetch(`${url}/trpc/${path}`, init);

    const body = await response.text();
    expect(response.status).toBe(status);
    expect(JSON.parse(body)).toMatchObject({
      error: { message: expect.any(String), data: { reason, httpStatus: status } },
    });
    expect(body).not.toMatch(internals);
  },
);

it('names each invalid field and its problem', async () => {
  const { url } = await startMirage();
  const fields = { username: ' ', email: 'a@x', description: 7 };

  const response = await fetch(`${url}/trpc/auth.register`, post(JSON.stringify(fields)));

  const { error } = (await response.json()) as { error: { message: string; data: { issues: object[] } } };
  expect(error.data).toMatchObject({ reason: 'INVALID_INPUT', httpStatus: 400 });
  expect(error.data.issues).toEqual(
    ['username', 'password', 'description'].map((path) => ({ path, message: expect.any(String) })),
  );
  expect(error.message).toMatch(/^username: .*; password: .*; description: .*$/);
});

it('accepts 20 calls in one request, but not 21', async () => {
  const { url } = await startMirage();
  const batch = async (size: number) => {
    const paths = Array.from({ length: size }, () => 'users.count').join();
    const response = await fetch(`${url}/trpc/${paths}?batch=1&input={}`);
    return { status: response.status, body: (await response.json()) as unknown };
  };

  expect(await batch(20)).toEqual({ status: 200, body: Array(20).fill({ result: { data: 0 } }) });

  const refused = await batch(21);
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).toContain('"reason":"INVALID_INPUT"');
  expect(JSON.stringify(refused.body)).not.toMatch(internals);
});

it('rejects one call of a batch and answers the others', async () => {
  const { url } = await startMirage();
  const response = await fetch(`${url}/trpc/users.count,no.such,auth.me?batch=1&input={}`);
  expect(response.status).toBe(207);
  expect(await response.json()).toMatchObject([
    { result: { data: 0 } },
    { error: { data: { reason: 'NO_SUCH_PROCEDURE' } } },
    { error: { data: { reason: 'UNAUTHORIZED' } } },
  ]);
});
