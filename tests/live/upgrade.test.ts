import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Config } from '../../src/server/core/config.ts';
import { startMirage } from '../support/harness.ts';

/** An attempt to open a WebSocket: 'open', or the status and body of the refusal. */
async function attempt(url: string, path = '/trpc', origin?: string) {
  const socket = new WebSocket(url.replace('http', 'ws') + path, { ...(origin && { origin }) });
  onTestFinished(() => socket.terminate());
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.on('open', () => resolve('open'));
    socket.on('unexpected-response', async (_, response: IncomingMessage) =>
      resolve(await answerOf(response)),
    );
  });
}

async function answerOf(response: IncomingMessage) {
  let text = '';
  for await (const chunk of response) text += chunk;
  return [response.statusCode, JSON.parse(text)];
}

it('opens WebSockets at /trpc, and answers 404 in JSON anywhere else', async () => {
  const { url } = await startMirage();
  expect(await attempt(url)).toBe('open');
  expect(await attempt(url, '/trpc?connectionParams=1')).toBe('open');
  for (const path of ['/', '/api', '/trpcx', '/trpc/chat.onMessage', '//trpc', '/TRPC'])
    expect(await attempt(url, path)).toEqual([404, { error: expect.any(String) }]);
});

const allowed = { corsOrigin: ['https://chat.example', 'http://localhost:3000'] } satisfies Partial<Config>;

it.each([
  ['https://chat.example', 'open'],
  ['http://localhost:3000', 'open'],
  [undefined, 'open'],
  ['https://evil.example', 403],
  ['http://chat.example', 403],
  ['https://chat.example.evil.example', 403],
  ['null', 403],
])('where origins are listed, meets a page from %s with %s', async (origin, outcome) => {
  const { url } = await startMirage(allowed);
  const refusal = [403, { error: 'this origin is not allowed' }];
  expect(await attempt(url, '/trpc', origin)).toEqual(outcome === 403 ? refusal : outcome);
});

it('accepts WebSockets from pages of any origin by default', async () => {
  const { url } = await startMirage();
  expect(await attempt(url, '/trpc', 'https://anywhere.example')).toBe('open');
});

it.each(['h2c', 'TLS/1.0', 'nonsense'])(
  'answers requests that offer %s in HTTP/1.1, as if they did not',
  async (protocol) => {
    const { url, user } = await startMirage();
    const { token } = await user('alice');
    async function ask(method: string, path: string, body?: object) {
      const text = body && JSON.stringify(body);
      const outgoing = request(url + path, {
        method,
        headers: {
          connection: 'Upgrade, HTTP2-Settings',
          upgrade: protocol,
          'http2-settings': 'AAMAAABkAAQAAP__',
          authorization: token,
          ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      });
      outgoing.end(text);
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage]; // safe: as the event is documented
      return [response.httpVersion, ...(await answerOf(response))];
    }
    expect(await ask('GET', '/healthz')).toEqual(['1.1', 200, { status: 'ok' }]);
    expect(await ask('POST', '/api/create_room', { name: 'general' })).toMatchObject([
      '1.1',
      expect.any(Number),
      {},
    ]);
    expect(await ask('GET', '/trpc/auth.me')).toMatchObject([
      '1.1',
      200,
      { result: { data: { username: 'alice' } } },
    ]);
    const created = await ask('POST', '/trpc/chat.createRoom', { name: 'x'.repeat(90) });
    expect(created).toMatchObject(['1.1', 200, { result: { data: { name: 'x'.repeat(90) } } }]);
  },
);

it.each([
  ['no key', 400, { 'sec-websocket-key': undefined }],
  ['an invalid key', 400, { 'sec-websocket-key': 'x' }],
  ['an unknown version', 400, { 'sec-websocket-version': '7' }],
  ['invalid subprotocols', 400, { 'sec-websocket-protocol': 'a,,b' }],
  ['an origin that is not allowed', 403, { origin: 'https://evil.example' }],
])('refuses a handshake with %s in JSON and with the usual headers', async (_, status, headers) => {
  const { url } = await startMirage(allowed);
  const response = await handshake(url, headers);
  expect(response.statusCode).toBe(status);
  expect(response.headers).toMatchObject({
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  expect(await answerOf(response)).toEqual([status, { error: expect.any(String) }]);
});

it('confirms none of the subprotocols that a client offers', async () => {
  const { url } = await startMirage();
  const response = await handshake(url, { 'sec-websocket-protocol': 'graphql-ws, mqtt' });
  expect([response.statusCode, response.headers['sec-websocket-protocol']]).toEqual([101, undefined]);
});

/** The answer to a handshake that is valid but for some headers. */
async function handshake(url: string, headers: Record<string, string | undefined>): Promise<IncomingMessage> {
  const all = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    ...headers,
  };
  const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const outgoing = request(`${url}/trpc`, { headers: present });
  onTestFinished(() => void outgoing.destroy());
  outgoing.end();
  const answer = once(outgoing, 'response');
  const upgrade = once(outgoing, 'upgrade');
  const [response] = (await Promise.race([answer, upgrade])) as [IncomingMessage]; // safe: as both events are documented
  return response;
}
