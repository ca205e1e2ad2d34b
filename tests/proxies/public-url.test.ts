import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Config } from '../../src/server/core/config.ts';
import { startMirage } from '../support/harness.ts';
import { freePort, type ProxyName, proxies, type Recipe, startReverseProxy } from './support/proxy.ts';

/** For the self-signed certificates of the proxies. */
const agent = new Agent({ rejectUnauthorized: false });

async function ask(url: string, method: string, headers: Record<string, string>) {
  const call = request(url, { method, headers, agent }).end();
  const [response] = await once(call, 'response');
  return { status: response.statusCode as number, headers: response.headers, body: await text(response) };
}

/** Status of a WebSocket handshake, and the answer to `auth.me`. */
function handshake(url: string, headers: Record<string, string>): Promise<{ status: number; me?: string }> {
  const socket = new WebSocket(`${url.replace('https', 'wss')}/trpc`, { headers, rejectUnauthorized: false });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('unexpected-response', (_, { statusCode = 0 }) => resolve({ status: statusCode }));
    socket.on('open', () => socket.send('{"id":1,"method":"query","params":{"path":"auth.me"}}'));
    socket.on('message', (data) => resolve({ status: 101, me: String(data) }));
  });
}

/** A Mirage behind a TLS proxy, with a user who has the session's cookie. */
async function startBehind(
  name: ProxyName,
  recipe: Recipe,
  settings: (url: string) => Partial<Config> = (publicUrl) => ({ publicUrl }),
) {
  const port = await freePort();
  const path = recipe === 'under a path' ? '/chat' : '';
  const origin = `https://localhost:${port}`;
  const url = origin + path;
  const mirage = await startMirage({ trustedProxies: 1, ...settings(url) });
  await startReverseProxy(name, { upstream: mirage.url, recipe, tls: true, port });
  const { token } = await mirage.user('alice');
  const { headers } = await ask(`${url}/session`, 'POST', { authorization: token, origin });
  const [cookie = '', ...attributes] = (headers['set-cookie']?.[0] ?? '').split('; ');
  return { url, origin, path, cookie, attributes };
}

describe.each(proxies)('behind %s with TLS', (name) => {
  it.each(['recommended', 'under a path'] as const)(
    'the session cookie opens everything (%s)',
    async (recipe) => {
      const { url, origin, path, cookie, attributes } = await startBehind(name, recipe);
      expect(cookie).toMatch(/^mirage_session=./);
      expect(attributes).toEqual(expect.arrayContaining(['Secure', `Path=${path}/trpc`]));
      expect((await ask(`${url}/trpc/auth.me`, 'GET', { cookie, origin })).status).toBe(200);
      const own = await handshake(url, { cookie, origin });
      expect([own.status, own.me]).toEqual([101, expect.stringContaining('"username":"alice"')]);
      const foreign = await handshake(url, { cookie, origin: 'https://evil.example' });
      expect([foreign.status, foreign.me]).toEqual([101, expect.stringContaining('UNAUTHORIZED')]);
    },
  );

  it('the session cookie needs only PUBLIC_URL with default configurations', async () => {
    const { url, origin, cookie } = await startBehind(name, 'defaults');
    expect((await ask(`${url}/trpc/auth.me`, 'GET', { cookie, origin })).status).toBe(200);
    const { status } = await handshake(url, { cookie, origin });
    // nginx and Apache drop the Upgrade header.
    expect(status).toBe(name === 'haproxy' ? 101 : 426);
  });
});

it('Apache forwards the host, so that its default needs no PUBLIC_URL', async () => {
  const { url, origin, cookie } = await startBehind('apache', 'defaults', () => ({}));
  expect((await ask(`${url}/trpc/auth.me`, 'GET', { cookie, origin })).status).toBe(200);
});

it('a proxy that rewrites the host needs PUBLIC_URL for the session cookie', async () => {
  const { cookie } = await startBehind('nginx', 'defaults', () => ({}));
  expect(cookie).toBe('');
});
