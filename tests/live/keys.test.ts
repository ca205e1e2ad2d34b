import { expect, it, vi } from 'vitest';
import { openFront } from '../support/dispatcher.ts';
import { startRoom } from '../support/live.ts';
import { openRaw } from '../support/raw-http.ts';
import { openSocket } from '../support/raw-socket.ts';

it('refuses request ids of more than 64 characters, which each event would repeat', async () => {
  const { url, bob, roomId, deps, say } = await startRoom();
  const { subscribe, until, frames, has, send, closes } = await openSocket(url, bob.token);
  for (const id of ['x'.repeat(65), 'x'.repeat(120_000)]) {
    const before = frames().length;
    subscribe(id, 'chat.onMessage', { roomId });
    await until(() => frames().length > before);
    expect(frames().at(-1)).toMatchObject({
      id: null,
      error: { message: 'a request id has at most 64 characters', data: { reason: 'INVALID_INPUT' } },
    });
    send([{ id, method: 'query', params: { path: 'auth.me' } }]);
    await until(() => frames().length > before + 1);
    send({ id, method: 'subscription.stop' });
    await until(() => frames().length > before + 2);
    expect(JSON.stringify(frames())).not.toContain('xxx');
  }
  expect(deps.hub.size).toBe(0);

  subscribe('é'.repeat(64), 'chat.onMessage', { roomId });
  await has('started');
  await say('hello');
  await has('hello');
  expect([frames().at(-1)?.id, closes]).toEqual(['é'.repeat(64), []]);
});

it('refuses paths of more than 128 characters, which errors would repeat', async () => {
  const { url } = await startRoom();
  const { send, until, texts } = await openSocket(url);
  send({ id: 1, method: 'query', params: { path: 'x'.repeat(100_000) } });
  await until(() => texts.length === 1);
  expect(texts[0]).toContain('a path has at most 128 characters');
  expect(texts[0]?.length).toBeLessThan(1000);
  send({ id: 1, method: 'query', params: { path: 'x'.repeat(128) } });
  await until(() => texts.length === 2);
  expect(texts[1]).toContain('NO_SUCH_PROCEDURE');
});

it('closes a connection whose parameters are longer than headers may be', async () => {
  const { url } = await startRoom();
  const { closed, frames } = await openSocket(url, 'x'.repeat(16 * 1024 + 1));
  await closed();
  expect(frames()[0]).toMatchObject({ id: null, error: { data: { reason: 'INVALID_INPUT' } } });
  const { send, until, errors } = await openSocket(url, 'x'.repeat(16 * 1024));
  send({ id: 1, method: 'query', params: { path: 'auth.me' } });
  await until(() => errors().length > 0);
  expect(errors()).toEqual([[1, 'UNAUTHORIZED']]);
});

it('disconnects a client that sends pings without end and reads nothing', async () => {
  const { deps } = await startRoom();
  const { url, webSockets } = await openFront(deps);
  const client = await openRaw(url);
  const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', key];
  client.send(['GET /trpc HTTP/1.1', 'Host: localhost', ...upgrade]);
  await client.has('101 ');
  client.socket.pause();
  const ping = Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0, ...Buffer.alloc(125, 'x')]);
  client.socket.write(Buffer.concat(Array(5000).fill(ping)));
  await vi.waitFor(() => expect(webSockets.size).toBe(0), 10_000);
});
