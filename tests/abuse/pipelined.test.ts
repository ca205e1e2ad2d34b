import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { trackRequests } from '../../src/server/http/requests.ts';
import { cutUnreadResponses } from '../../src/server/http/unread-responses.ts';
import { startMirage } from '../support/harness.ts';
import { createPipeline } from '../support/pipeline.ts';

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const requests = 5000;

it('runs one pipelined request of a connection at a time, and answers all of them', async () => {
  const { url, deps, user } = await startMirage();
  const bob = await user('bob');
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const find = vi.spyOn(deps, 'sql').mockImplementation(() => held.then(() => [])); // so the answer is a 404
  const socket = await open(url);
  let answers = 0;
  const all = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      answers += chunk.toString('latin1').split('HTTP/1.1 404').length - 1;
      if (answers >= requests) resolve();
    });
  });
  const call =
    `GET /trpc/users.get?input=${encodeURIComponent('{"username":"bob"}')} HTTP/1.1\r\n` +
    `Host: x\r\nAuthorization: ${bob.token}\r\n\r\n`;
  socket.write(call.repeat(requests));

  await vi.waitFor(() => expect(find).toHaveBeenCalled());
  // Once requests of other connections are answered, the server has read all it will of this one.
  await fetch(`${url}/healthz`);
  await fetch(`${url}/healthz`);
  expect(find).toHaveBeenCalledOnce();

  release();
  await all;
});

it.each([
  ['too large a header', `GET /healthz?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ['no request at all', 'hello\r\n\r\n', 400],
  [
    'a malformed body',
    'POST /trpc/auth.login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n',
    400,
  ],
])('answers everything that came before %s, and that at last', async (_, broken, status) => {
  const { url, user } = await startMirage();
  const { token } = await user('bob');
  const procedures = Array.from({ length: 16 }, () => 'auth.me').join();
  // Takes a while, and its headers go out before the rest.
  const batch =
    `GET /trpc/${procedures}?batch=1&input={} HTTP/1.1\r\nHost: x\r\nAuthorization: ${token}\r\n` +
    'trpc-accept: application/jsonl\r\n\r\n';
  const calls = `GET /trpc/auth.me HTTP/1.1\r\nHost: x\r\nAuthorization: ${token}\r\n\r\n`.repeat(20);
  const pipeline = createPipeline(url);
  const bytes = [batch, calls, broken].map((text) => ({ bytes: Buffer.from(text), isHead: false }));
  const answers = await pipeline.send([
    ...bytes,
    ...new Array(19).fill({ bytes: Buffer.alloc(0), isHead: false }),
  ]);
  expect(answers.map((answer) => answer.status)).toEqual([...new Array(21).fill(200), status]);
  expect(answers.at(-1)?.headers.get('connection')).toBe('close');
});

/** A server that answers every request with so many megabytes. */
async function startLarge(megabytes: number) {
  const body = Buffer.alloc(megabytes * 1024 * 1024);
  const { handle, connections } = trackRequests((_req, res) => void res.end(body));
  let cuts = 0;
  onTestFinished(
    cutUnreadResponses(connections, () => {
      cuts += 1;
    }),
  );
  const server = createServer((req, res) => handle(req, res, () => {})).listen(0, '127.0.0.1');
  onTestFinished(() => void server.closeAllConnections());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // safe: it listens on a port
  return { url: `http://127.0.0.1:${port}`, connections, cuts: () => cuts };
}

async function askWithoutReading(url: string): Promise<Socket> {
  const socket = await open(url);
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  return socket;
}

it('disconnects a client with too large a backlog of unread responses', async () => {
  const { url, connections, cuts } = await startLarge(40);
  await askWithoutReading(url);
  await vi.waitFor(() => expect(cuts()).toBe(1), 10_000);
  await vi.waitFor(() => expect(connections.size).toBe(0));
  // A client that reads gets all of it.
  expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(40 * 1024 * 1024);
  expect(cuts()).toBe(1);
});

it('disconnects the slowest clients when all backlogs together are too large', async () => {
  const { url, connections, cuts } = await startLarge(14);
  for (let n = 0; n < 12; n += 1) await askWithoutReading(url);
  await vi.waitFor(() => expect(cuts()).toBeGreaterThan(0), 10_000);
  expect(connections.size).toBeGreaterThan(2);
  expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(14 * 1024 * 1024);
});

it('disconnects a client that reads nothing for 30 seconds', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { url, connections, cuts } = await startLarge(12);
  await askWithoutReading(url);
  await vi.waitFor(() => expect(connections.size).toBe(1));
  vi.advanceTimersByTime(29_000);
  expect(cuts()).toBe(0);
  vi.advanceTimersByTime(2000);
  expect(cuts()).toBe(1);
});
