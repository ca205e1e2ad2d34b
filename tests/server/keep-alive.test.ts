import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startMirage } from '../support/harness.ts';

const minute = 60_000;

/** A host that counts its visitors. */
async function startHost(status = 200) {
  const host = createServer((_request, response) => void response.writeHead(status).end('awake'));
  host.listen(0, '127.0.0.1');
  await once(host, 'listening');
  onTestFinished(async () => {
    host.closeAllConnections();
    host.close();
  });
  const { port } = host.address() as AddressInfo; // safe: it listens on a port
  return { host, url: `http://127.0.0.1:${port}/ping` };
}

/** A Mirage whose timers stand still until told otherwise, and the pings it has sent. */
async function startWithRoom(keepAliveUrl: string | undefined) {
  const { user, rest, close, url } = await startMirage({ keepAliveUrl });
  const { client: alice, token } = await user('alice');
  const { id: room_id } = await alice.chat.createRoom.mutate({ name: 'general' });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const fetches = vi.spyOn(globalThis, 'fetch');
  onTestFinished(() => {
    fetches.mockRestore();
    vi.useRealTimers();
  });
  // The legacy API, because the typed client needs timers itself.
  const call = async (method: string, path: string, fields: object = {}) =>
    (await rest(method, `/api/${path}`, { token, ...fields }))[0];
  return {
    close,
    call,
    room_id,
    say: async () => expect(await call('POST', 'send_room_message', { room_id, message: 'hello' })).toBe(200),
    /** Requests to anywhere but this Mirage. */
    pings: () => fetches.mock.calls.filter(([target]) => !String(target).startsWith(url)).length,
  };
}

it('requests the URL once a minute while there is room traffic, and stops with it', async () => {
  const { host, url } = await startHost();
  const { say, pings } = await startWithRoom(url);

  for (let minutes = 1; minutes <= 3; minutes += 1) {
    for (let message = 0; message < 5; message += 1) await say();
    const visit = once(host, 'request');
    vi.advanceTimersByTime(minute - 1);
    expect(pings()).toBe(minutes - 1);
    vi.advanceTimersByTime(1);
    expect(pings()).toBe(minutes);
    await visit;
  }

  vi.advanceTimersByTime(60 * minute);
  expect(pings()).toBe(3);
});

it('starts again with the next message, at most once a minute', async () => {
  const { url } = await startHost();
  const { say, pings } = await startWithRoom(url);
  await say();
  vi.advanceTimersByTime(2.5 * minute);
  expect(pings()).toBe(1);

  for (let second = 0; second < 600; second += 5) {
    if (second % 50 === 0) await say();
    vi.advanceTimersByTime(5_000);
  }

  expect(pings()).toBe(11);
});

it('is triggered by room traffic only', async () => {
  const { url } = await startHost();
  const { call, room_id, pings } = await startWithRoom(url);
  const statuses = [
    await call('POST', 'send_inbox_message', { recipient: 'alice', message: 'buy milk' }),
    await call('GET', `get_room_messages?room_id=${room_id}`),
    await call('GET', 'ping'),
    await call('POST', 'send_room_message', { room_id: room_id + 1, message: 'hello' }),
  ];
  expect(statuses).toEqual([200, 200, 200, 403]);
  vi.advanceTimersByTime(10 * minute);
  expect(pings()).toBe(0);
});

it('requests nothing without KEEPALIVE_URL', async () => {
  const { say, pings } = await startWithRoom(undefined);
  await say();
  vi.advanceTimersByTime(10 * minute);
  expect(pings()).toBe(0);
});

it.each(['fails', 'does not exist'])('continues when the host %s', async (trouble) => {
  const url = trouble === 'fails' ? (await startHost(500)).url : 'http://127.0.0.1:1/ping';
  const { say, pings } = await startWithRoom(url);
  for (const expected of [1, 2]) {
    await say();
    vi.advanceTimersByTime(minute);
    expect(pings()).toBe(expected);
  }
});

it('sends nothing after the server is closed', async () => {
  const { url } = await startHost();
  const { say, pings, close } = await startWithRoom(url);
  await say();
  await close();
  vi.advanceTimersByTime(minute);
  expect(pings()).toBe(0);
});
