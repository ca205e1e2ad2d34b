import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { maxConnectionsOfAddress } from '../../src/server/infra/limits/rate-limits.ts';
import { spawnMirage } from '../support/process.ts';
import { createWaiting } from '../support/waiting.ts';

/** Longer than the longest of the server's deadlines, even on a busy machine. */
const patience = 240_000;

async function startServer(settings: Record<string, string> = {}) {
  const mirage = await spawnMirage({ RATE_LIMIT: 'off', ...settings });
  const url = await mirage.url();
  const port = Number(new URL(url).port);

  /** A connection, with the text received over it and whether it is closed. */
  async function open(options: Partial<NetConnectOpts> = {}) {
    const socket = connect({ host: '127.0.0.1', port, ...options } as NetConnectOpts);
    onTestFinished(() => void socket.destroy());
    const state = { text: '', isClosed: false };
    const { changed, until } = createWaiting(() => state);
    socket.setEncoding('latin1').on('data', (data: string) => {
      state.text += data;
      changed();
    });
    socket.on('error', () => {}); // a close follows
    socket.on('close', () => {
      state.isClosed = true;
      changed();
    });
    await once(socket, 'connect');
    return { socket, state, until: (isSo: () => boolean) => until(isSo, patience) };
  }

  /** Checks that another caller can read, write, and log in. */
  async function expectServing() {
    const { users, auth } = createMirageClient({ url });
    const name = `user ${(await users.count.query()) + 1}`;
    await auth.register.mutate({ username: name, email: name, password: 'the right one' });
    expect(await auth.login.mutate({ username: name, password: 'the right one' })).toMatchObject({
      username: name,
    });
    expect(await (await fetch(`${url}/api/ping`)).json()).toEqual({ message: 'pong' });
  }

  /** Opens many connections, a few at a time. */
  async function openMany(count: number, options?: Partial<NetConnectOpts>) {
    const opened: Awaited<ReturnType<typeof open>>[] = [];
    while (opened.length < count)
      opened.push(...(await Promise.all(Array.from({ length: 100 }, () => open(options)))));
    return opened;
  }

  return { url, open, openMany, expectServing };
}

/** Writes a little at a time, so that the connection is never idle. */
function drip(socket: Socket, bytes: string): void {
  const timer = setInterval(() => socket.write(bytes), 400);
  socket.once('close', () => clearInterval(timer));
}

it('serves others despite 5,000 connections without a request', async () => {
  const { openMany, expectServing } = await startServer();
  const connections = await openMany(5000);
  expect(connections).toHaveLength(5000);
  await expectServing();
  // The idle connections are closed eventually.
  await Promise.all(connections.map(({ until, state }) => until(() => state.isClosed)));
  await expectServing();
}, 480_000);

it('disconnects clients that trickle headers or a body, and serves others meanwhile', async () => {
  const { open, expectServing } = await startServer();
  const slow = await Promise.all(
    Array.from({ length: 200 }, async (_, n) => {
      const connection = await open();
      const begun =
        n % 2 === 0
          ? 'GET /api/ping HTTP/1.1\r\nHost: x\r\nX-Slow: '
          : `POST ${n % 4 === 1 ? '/api/login' : '/trpc/auth.login'} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`;
      connection.socket.write(begun);
      drip(connection.socket, ' ');
      return connection;
    }),
  );
  await expectServing();
  await Promise.all(slow.map(({ until, state }) => until(() => state.isClosed)));
  for (const { state } of slow) {
    expect(state.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(state.text).toContain('{"error":"request timed out"}');
  }
  await expectServing();
}, 480_000);

describe('endless bodies', () => {
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  const whole = 'x'.repeat(65_536);

  it.each([
    ['/api/login', 'Transfer-Encoding: chunked', chunk],
    ['/api/login', 'Content-Length: 10000000000', whole],
    ['/trpc/auth.login', 'Transfer-Encoding: chunked', chunk],
    ['/trpc/auth.login', 'Content-Length: 10000000000', whole],
    ['/trpc/auth.login,auth.login?batch=1', 'Transfer-Encoding: chunked', chunk],
  ])(
    'are refused at %s (%s)',
    async (path, length, part) => {
      const { open, expectServing } = await startServer();
      const senders = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const connection = await open();
          const { socket, state } = connection;
          socket.write(
            `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${length}\r\n\r\n`,
          );
          const write = () => {
            while (!state.isClosed && state.text === '' && socket.write(part));
          };
          socket.on('drain', write);
          write();
          return connection;
        }),
      );
      await Promise.all(senders.map(({ until, state }) => until(() => state.isClosed || state.text !== '')));
      for (const { state } of senders) expect(state.text).toMatch(/^HTTP\/1\.1 413 [\s\S]*"error"/);
      await expectServing();
    },
    480_000,
  );
});

it('refuses batches of more than twenty calls, and serves others during a flood of batches of twenty', async () => {
  const { url, open, expectServing } = await startServer();
  for (const count of [21, 500]) {
    const response = await fetch(`${url}/trpc/${'users.count,'.repeat(count - 1)}users.count?batch=1`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('"reason":"INVALID_INPUT"');
  }

  const batch = `GET /trpc/${Array(20).fill('users.count').join(',')}?batch=1 HTTP/1.1\r\nHost: x\r\n\r\n`;
  const floods = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const connection = await open();
      const { socket, state } = connection;
      let answers = 0;
      const send = () => socket.write(batch.repeat(20));
      socket.on('data', (data: string) => {
        state.text = '';
        const seen = data.split('HTTP/1.1 200').length - 1;
        answers += seen;
        // Each answered batch is followed by another.
        if (Math.floor(answers / 20) > Math.floor((answers - seen) / 20)) send();
      });
      send();
      return { ...connection, answers: () => answers };
    }),
  );
  await expectServing();
  await Promise.all(floods.map(({ until, answers }) => until(() => answers() > 40)));
  await expectServing();
}, 480_000);

describe.runIf(process.platform === 'linux')('with RATE_LIMIT on', () => {
  it('limits an address to 2,000 connections, independently of other addresses', async () => {
    const { open, openMany, expectServing } = await startServer({ RATE_LIMIT: 'on' });
    const crowd = { localAddress: '127.0.0.2' };
    const [first] = await openMany(maxConnectionsOfAddress, crowd);
    const refused = await open(crowd);
    await refused.until(() => refused.state.isClosed);
    expect(refused.state.text).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n[\s\S]*Retry-After: 10\r\n/);
    expect(refused.state.text).toContain('{"error":"too many connections"}');
    await expectServing();

    // A closed connection makes room for another.
    first?.socket.end();
    await first?.until(() => first.state.isClosed);
    const next = await open(crowd);
    next.socket.write('GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n');
    await next.until(() => next.state.text.includes('pong'));
  }, 480_000);
});
