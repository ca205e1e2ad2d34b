import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';
import { spawnMirage } from '../support/process.ts';

const alice = { username: 'alice', email: 'a@x', password: 'secret' };

/** A registration that the server has begun to receive, but whose body is still to come. */
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
  'answers what it was asked before %s, and ends well',
  async (signal) => {
    const mirage = await spawnMirage();
    const url = await mirage.url();
    const finish = await beginRegistration(url);

    mirage.kill(signal);
    expect(await mirage.logged(/stops/)).toMatchObject({ signal });

    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
    expect(await finish()).toMatchObject(registered);
    expect(await mirage.ended()).toEqual({ code: 0, stderr: '' });
  },
);

it('keeps what it has acknowledged, for the next process', async () => {
  const first = await spawnMirage();
  await createMirageClient({ url: await first.url() }).auth.register.mutate(alice);
  first.kill('SIGKILL');
  await first.ended();

  const second = await spawnMirage({}, first.folder);

  const { auth } = createMirageClient({ url: await second.url() });
  expect(await auth.login.mutate(alice)).toMatchObject({ username: 'alice' });
});

/** A connection that has sent `bytes`, and stays. */
async function openConnection(url: string, bytes: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(bytes);
  if (bytes !== '') await once(socket, 'data');
  return { closed: once(socket.resume(), 'close') };
}

it.each([
  ['has never asked anything', ''],
  ['is kept for another request', 'GET /healthz HTTP/1.1\r\nHost: mirage\r\n\r\n'],
])('does not wait for a connection that %s', async (_, bytes) => {
  const { url, close } = await startMirage();
  const connection = await openConnection(url, bytes);
  // The server has seen the connection once it has answered one that came later.
  await fetch(`${url}/healthz`);
  // Its last resort, a timer after which all connections are cut, must not be what helps.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());

  await close();

  await connection.closed;
});

it('tells who is answered while it stops to ask no more on the same connection', async () => {
  const { url, close } = await startMirage();
  const finish = await beginRegistration(url);
  const closed = close();
  expect(await finish()).toMatchObject({ status: 200, connection: 'close' });
  await closed;
});

it('can be closed twice, and answers what it was asked before', async () => {
  const { url, close } = await startMirage();
  const finish = await beginRegistration(url);
  const closed = Promise.all([close(), close()]);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  expect(await finish()).toMatchObject(registered);
  await closed;
});
