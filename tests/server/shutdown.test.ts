import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';
import { startRoom } from '../support/live.ts';
import { spawnMirage } from '../support/process.ts';
import { openSocket } from '../support/raw-socket.ts';
import { openStream } from '../support/raw-stream.ts';

const alice = { username: 'alice', email: 'a@x', password: 'a secret one' };

/** A registration whose head the server has received, but whose body is still outstanding. */
async function beginRegistration(url: string) {
  const body = JSON.stringify(alice);
  const call = request(`${url}/trpc/auth.register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' },
  });
  call.flushHeaders();
  await once(call, 'continue');
  return async () => {
    const answered = once(call, 'response');
    call.end(body);
    const [response] = await answered;
    return {
      status: response.statusCode,
      connection: response.headers.connection,
      body: await json(response),
    };
  };
}

const registered = { status: 200, body: { result: { data: { username: 'alice' } } } };

it.each(['SIGTERM', 'SIGINT'] as const)(
  'finishes requests in progress on %s, and exits with code 0',
  async (signal) => {
    const mirage = await spawnMirage();
    const url = await mirage.url();
    const finish = await beginRegistration(url);

    mirage.kill(signal);
    expect(await mirage.logged(/shutting down/)).toMatchObject({ signal });

    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
    expect(await finish()).toMatchObject(registered);
    expect(await mirage.ended()).toEqual({ code: 0, stderr: '' });
  },
);

it.each(['SIGTERM', 'SIGINT'] as const)('stops cleanly on %s while it is starting, too', async (signal) => {
  const mirage = await spawnMirage();
  await mirage.logged(/database migrated/);
  mirage.kill(signal);
  expect(await mirage.ended()).toEqual({ code: 0, stderr: '' });
  expect(await mirage.logged(/shutting down/)).toMatchObject({ signal });
});

it('persists everything it acknowledged', async () => {
  const first = await spawnMirage();
  await createMirageClient({ url: await first.url() }).auth.register.mutate(alice);
  first.kill('SIGKILL');
  await first.ended();

  const second = await spawnMirage({}, first.folder);

  const { auth } = createMirageClient({ url: await second.url() });
  expect(await auth.login.mutate(alice)).toMatchObject({ username: 'alice' });
});

/** A connection that has sent `bytes` and stays open. */
async function openConnection(url: string, bytes: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(bytes);
  if (bytes !== '') await once(socket, 'data');
  return { closed: once(socket.resume(), 'close') };
}

/** Fakes the timer after which a stopping server destroys all connections, so that the test decides when it fires. */
function holdGrace(): void {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

it.each([
  ['has never asked anything', ''],
  ['is kept for another request', 'GET /healthz HTTP/1.1\r\nHost: mirage\r\n\r\n'],
])('does not wait for a connection that %s', async (_, bytes) => {
  const { url, close } = await startMirage();
  const connection = await openConnection(url, bytes);
  // Once a later connection is answered, the server has accepted this one.
  await fetch(`${url}/healthz`);
  holdGrace();

  await close();

  await connection.closed;
});

it('answers with `Connection: close` while shutting down', async () => {
  const { url, close } = await startMirage();
  const finish = await beginRegistration(url);
  const closed = close();
  expect(await finish()).toMatchObject({ status: 200, connection: 'close' });
  await closed;
});

it('can be closed twice, and finishes earlier requests', async () => {
  const { url, close } = await startMirage();
  const finish = await beginRegistration(url);
  const closed = Promise.all([close(), close()]);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  expect(await finish()).toMatchObject(registered);
  await closed;
});

const graceMs = 10_000;
const graceOfSocketMs = 5000;

/** A registration whose body never arrives, though the server waits for it. */
const withoutBody = [
  'POST /trpc/auth.register HTTP/1.1',
  'Host: mirage',
  'Content-Type: application/json',
  'Content-Length: 100',
  'Expect: 100-continue',
  '\r\n',
].join('\r\n');

it('waits ten seconds for requests in progress, and no longer', async () => {
  const { url, close } = await startMirage();
  const finish = await beginRegistration(url);
  const hanging = await openConnection(url, withoutBody);
  holdGrace();
  let isClosed = false;
  const closed = close().then(() => {
    isClosed = true;
  });

  vi.advanceTimersByTime(graceMs - 1);
  expect(await finish()).toMatchObject(registered);
  expect(isClosed).toBe(false);
  vi.advanceTimersByTime(1);

  await hanging.closed;
  await closed;
});

it('closes WebSockets with code 1012, and waits for nothing else from them', async () => {
  const { url, bob, roomId, say, close } = await startRoom();
  const { subscribe, has, closed, closes, errors, frames } = await openSocket(url, bob.token);
  subscribe(1, 'chat.onMessage', { roomId });
  await has('started');
  await say('hello');
  await has('hello');
  holdGrace();

  await close();

  await closed();
  expect(closes).toEqual([{ code: 1012, reason: 'server is shutting down' }]);
  // Either of these would make a client end its subscription.
  expect(errors()).toEqual([]);
  expect(frames().filter(({ result }) => result?.type === 'stopped')).toEqual([]);
});

it('waits five seconds for an unresponsive WebSocket, and no longer', async () => {
  const { url, bob, roomId, close } = await startRoom();
  const { socket, subscribe, has } = await openSocket(url, bob.token);
  subscribe(1, 'chat.onMessage', { roomId });
  await has('started');
  socket.pause();
  holdGrace();

  let isClosed = false;
  const closed = close().then(() => {
    isClosed = true;
  });
  vi.advanceTimersByTime(graceOfSocketMs - 1);
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
  expect(isClosed).toBe(false);
  vi.advanceTimersByTime(1);

  await closed;
});

it('ends an event stream that is still being opened, without waiting for it', async () => {
  const { url, bob, roomId, deps, close } = await startRoom();
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const { subscribe } = deps.bus;
  vi.spyOn(deps.bus, 'subscribe').mockImplementationOnce(async (...args) => {
    await held;
    return subscribe(...args);
  });
  const stream = await openStream(url, 'chat.onMessage', { token: bob.token, input: { roomId } });
  await stream.has('connected');
  await vi.waitFor(() => expect(deps.hub.size).toBe(1));
  holdGrace();

  await close();

  await stream.over();
  expect(stream.isWhole()).toBe(true);
  goOn();
  await vi.waitFor(() => expect(deps.hub.size).toBe(0));
});

it('ends event streams without a final event, so that clients reconnect', async () => {
  const { url, bob, roomId, say, close } = await startRoom();
  const stream = await openStream(url, 'chat.onMessage', { token: bob.token, input: { roomId } });
  await stream.has('connected');
  await say('hello');
  await stream.has('hello');
  holdGrace();

  await close();

  await stream.over();
  // To a client, `serialized-error` and `return` mean the end of the subscription rather than of the connection.
  const words = stream.events().map(({ event }) => event ?? 'message');
  expect(words.filter((word) => word !== 'ping')).toEqual(['connected', 'message']);
  expect(stream.isWhole()).toBe(true);
});
