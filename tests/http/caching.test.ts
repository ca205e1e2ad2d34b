import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';

const json = { 'content-type': 'application/json' };

it.each([
  ['GET', '/api/ping'],
  ['GET', '/api/inbox'],
  ['GET', '/api/nowhere'],
  ['POST', '/api/login'],
  ['OPTIONS', '/api/login'],
  ['GET', '/trpc/auth.me'],
  ['GET', '/trpc/users.count,auth.me?batch=1&input={}'],
  ['GET', '/trpc/inbox.onMessage'],
  ['GET', '/trpc/no.such'],
  ['GET', '/trpc'],
  ['POST', '/trpc/auth.login'],
  ['OPTIONS', '/trpc/auth.login'],
  ['POST', '/session'],
  ['DELETE', '/session'],
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/nowhere'],
])('forbids caches to store the answer to %s %s', async (method, path) => {
  const { url, user } = await startMirage();
  const { token } = await user('alice');
  for (const authorization of [token, 'stale']) {
    const response = await fetch(url + path, {
      method,
      headers: { ...json, authorization },
      ...(method === 'POST' && { body: '{}' }),
    });
    expect(response.headers.get('cache-control')).toMatch(/^no-store\b/);
    await response.body?.cancel();
  }
});

it.each(['*' as const, ['https://chat.example']])(
  'says that answers vary by origin with CORS_ORIGIN=%s',
  async (corsOrigin) => {
    const { url } = await startMirage({ corsOrigin });
    for (const path of [
      '/api/ping',
      '/trpc/users.count',
      '/trpc/users.count?batch=1&input={}',
      '/openapi.json',
    ])
      for (const headers of [{}, { origin: 'https://chat.example' }, { origin: 'https://other.example' }]) {
        const response = await fetch(url + path, { headers: headers as Record<string, string> });
        expect(response.headers.get('vary')?.toLowerCase().split(', '), path).toContain('origin');
        await response.body?.cancel();
      }
  },
);

it('lets browsers revalidate what is public', async () => {
  const { url } = await startMirage();
  for (const path of ['/openapi.json', '/docs', '/docs/swagger-ui.css']) {
    const response = await fetch(url + path);
    expect([path, response.headers.get('cache-control')]).toEqual([path, 'no-cache']);
    await response.body?.cancel();
  }
});
