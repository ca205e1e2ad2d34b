import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';

async function startAsking() {
  const { url } = await startMirage();
  /** The X-Request-Id of a response. */
  return async (path: string, given?: string, method = 'GET') => {
    const response = await fetch(url + path, {
      method,
      headers: { ...(given !== undefined && { 'x-request-id': given }) },
    });
    await response.text();
    return response.headers.get('x-request-id');
  };
}

const paths = [
  '/healthz',
  '/trpc/users.count',
  '/trpc/no.such',
  '/trpc/auth.me',
  '/api/ping',
  '/api/inbox',
  '/nowhere',
];

it.each(paths)('assigns each response of %s a unique id', async (path) => {
  const ask = await startAsking();
  const ids = await Promise.all([
    ask(path),
    ask(path),
    ask(path, undefined, 'POST'),
    ask(path, undefined, 'OPTIONS'),
  ]);
  for (const id of ids) expect(id).toMatch(/^[\w.-]{1,64}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

it.each(['7', 'a-b_c.D', 'x'.repeat(64), '3f2b8c1e-9d4a-4c57-8f0e-1a2b3c4d5e6f'])(
  'takes over the id "%s" of the caller',
  async (given) => {
    const ask = await startAsking();
    for (const path of paths) expect(await ask(path, given)).toBe(given);
  },
);

it.each(['', 'x'.repeat(65), 'a b', 'a,b', '"quoted"', '{"level":60}', 'é', '../../etc', '<b>'])(
  'gives an id of its own in place of "%s"',
  async (given) => {
    const ask = await startAsking();
    for (const path of paths) {
      const id = await ask(path, given);
      expect(id).toMatch(/^[\w.-]{1,64}$/);
      expect(id).not.toBe(given);
    }
  },
);

it('assigns different ids in another process', async () => {
  const [one, other] = [await startAsking(), await startAsking()];
  expect(await one('/healthz')).not.toBe(await other('/healthz'));
});
