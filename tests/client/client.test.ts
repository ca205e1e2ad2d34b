import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import {
  createMirageClient,
  issuesOf,
  isUnreachable,
  reasonOf,
  retryAfterMsOf,
} from '../../src/client/index.ts';
import { createCaller } from '../../src/server/api/app-router.ts';
import { type LimitName, limits, type RateLimits } from '../../src/server/infra/limits/rate-limits.ts';
import { createTestMirage } from '../../src/testing/index.ts';
import { startMirage } from '../support/harness.ts';

it('asks for the token before each request, and sends no header without one', async () => {
  const { url, user } = await startMirage();
  const { token } = await user('alice');
  let current: string | null | undefined = null;
  const client = createMirageClient({ url, token: async () => current });

  await expect(client.auth.me.query()).rejects.toMatchObject({ data: { reason: 'UNAUTHORIZED' } });
  current = token;
  expect(await client.auth.me.query()).toMatchObject({ username: 'alice' });
  current = undefined;
  await expect(client.auth.me.query()).rejects.toMatchObject({ data: { reason: 'UNAUTHORIZED' } });
});

it('accepts an address with or without a slash at its end', async () => {
  const { url } = await startMirage();
  for (const address of [url, `${url}/`])
    expect(await createMirageClient({ url: address }).users.count.query()).toBe(0);
});

it('splits more concurrent calls than the server accepts in one request', async () => {
  const { client } = await startMirage();
  const { users } = client();
  const counts = await Promise.all(Array.from({ length: 50 }, () => users.count.query()));
  expect(counts).toEqual(Array(50).fill(0));
});

it('returns the reason of a server error, and none for other errors', async () => {
  const { client, url, close } = await startMirage();
  const refused = await client().auth.me.query().catch(identity);
  expect(reasonOf(refused)).toBe('UNAUTHORIZED');

  await close();
  const lost = await createMirageClient({ url }).users.count.query().catch(identity);
  expect(lost).toBeInstanceOf(Error);
  expect([reasonOf(lost), isUnreachable(lost)]).toEqual([undefined, true]);
  const others = [new Error('x'), 'UNAUTHORIZED', null, undefined, { data: { reason: 'UNAUTHORIZED' } }];
  for (const other of [...others, Object.assign(new Error('x'), { reason: 'UNAUTHORIZED' })])
    expect([reasonOf(other), retryAfterMsOf(other), issuesOf(other), isUnreachable(other)]).toEqual([
      undefined,
      undefined,
      [],
      false,
    ]);
});

it('gives reason, delay and issues of errors over HTTP, of `createCaller` and of `mirage/testing` alike', async () => {
  const mirage = await startMirage({ rateLimit: true });
  const { url, deps } = mirage;
  const { token } = await mirage.user('alice');
  await exhaust(deps.limits, 'send', 'alice');
  await using test = await createTestMirage({ settings: { rateLimit: true } });
  const testUser = await test.user('alice');
  await exhaust(test.deps.limits, 'send', 'alice');
  const remote = createMirageClient({ url, token });
  const message = { recipient: 'alice', text: 'hello' };
  const empty = { recipient: '', text: '' };
  const attempts = [
    [() => remote.inbox.sendMessage.mutate(message), () => remote.inbox.sendMessage.mutate(empty)],
    ...[createCaller({ deps, token, address: '' }), testUser].map((caller) => [
      () => caller.inbox.sendMessage(message),
      () => caller.inbox.sendMessage(empty),
    ]),
  ];
  for (const [limited, invalid] of attempts) {
    const tooMany = await limited?.().catch(identity);
    expect([reasonOf(tooMany), issuesOf(tooMany)]).toEqual(['TOO_MANY_REQUESTS', []]);
    expect(retryAfterMsOf(tooMany)).toBeGreaterThan(0);
    const wrong = await invalid?.().catch(identity);
    expect([reasonOf(wrong), retryAfterMsOf(wrong)]).toEqual(['INVALID_INPUT', undefined]);
    expect(issuesOf(wrong).map(({ path }) => path)).toEqual(['recipient', 'text']);
    expect((wrong as Error).message).toContain('recipient: ');
  }
});

it.each([
  [502, 'text/html', '<html><body>Bad Gateway</body></html>'],
  [504, undefined, ''],
  [200, 'text/html; charset=utf-8', '<html>a captive portal</html>'],
  [503, 'text/plain', 'upstream connect error'],
  [503, 'application/json', '{"error":"server is shutting down"}'],
  [502, 'application/json', '{"message":"bad gateway"}'],
])('reports that the server is unreachable when a gateway answers %s %s', async (status, type, body) => {
  const gateway = createServer((_request, response) => {
    response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(body);
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  onTestFinished(() => void gateway.close());
  const { port } = gateway.address() as AddressInfo; // safe: it listens on a port
  const client = createMirageClient({ url: `http://127.0.0.1:${port}` });
  // Mutations are repeated first: lost-answers.test.ts.
  const error = await client.users.count.query().catch(identity);
  expect([isUnreachable(error), reasonOf(error)]).toEqual([true, undefined]);
  expect((error as Error).cause).toMatchObject({ name: 'UnreachableError', status });
  expect((error as Error).message).toBe(`the server is unreachable (status ${status})`);
});

it('rejects with the abort and not as unreachable when a call is aborted', async () => {
  const { client } = await startMirage();
  const error = await client().users.count.query(undefined, { signal: AbortSignal.abort() }).catch(identity);
  expect([isUnreachable(error), reasonOf(error)]).toEqual([false, undefined]);
});

const identity = (error: unknown) => error;

async function exhaust({ count }: RateLimits, name: LimitName, key: string) {
  for (let left = limits[name].attempts; left > 0; left -= 1) await count(name, key);
}
