import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startMirage } from '../support/harness.ts';

const get = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';

async function request(url: string, bytes = get): Promise<{ socket: Socket; text: string }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(bytes);
  const [data] = (await once(socket, 'data')) as [Buffer];
  return { socket, text: data.toString() };
}

it('keeps idle connections for 130 seconds, or as long as is set', async () => {
  const { url } = await startMirage();
  expect((await request(url)).text).toContain('Keep-Alive: timeout=130\r\n');
  const other = await startMirage({ keepAliveTimeoutMs: 7000 });
  expect((await request(other.url)).text).toContain('Keep-Alive: timeout=7\r\n');
});

it('closes idle connections after that time', async () => {
  const { url } = await startMirage({ keepAliveTimeoutMs: 50 });
  const { socket } = await request(url);
  await once(socket.resume(), 'close');
});

it('closes the longest idle connection beyond a thousand, and none that is in use', async () => {
  const { url, user } = await startMirage();
  const { token } = await user('alice');
  const upgraded = new WebSocket(`${url.replace('http', 'ws')}/trpc`);
  await once(upgraded, 'open');
  onTestFinished(() => upgraded.terminate());
  const stream = await request(
    url,
    `GET /trpc/inbox.onMessage HTTP/1.1\r\nHost: x\r\nAuthorization: ${token}\r\n\r\n`,
  );
  const idle: Socket[] = [];
  for (let n = 0; n < 1001; n += 50)
    idle.push(...(await Promise.all(Array.from({ length: 50 }, async () => (await request(url)).socket))));
  const isOpen = ({ destroyed, readableEnded }: Socket) => !destroyed && !readableEnded;
  for (const socket of idle) socket.resume();
  await vi.waitFor(() => expect(idle.filter(isOpen).length).toBeLessThanOrEqual(1000));
  expect(idle.filter(isOpen).length).toBeGreaterThan(990);
  expect(idle.slice(100).every(isOpen)).toBe(true);
  expect(isOpen(stream.socket)).toBe(true);
  expect(upgraded.readyState).toBe(WebSocket.OPEN);
});

it('answers 426 to a WebSocket handshake whose Upgrade header a proxy has dropped, and warns once', async () => {
  const { url, deps } = await startMirage();
  const warn = vi.spyOn(deps.log, 'warn');
  const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' };
  for (const path of ['/trpc', '/trpc?connectionParams=1']) {
    const response = await fetch(url + path, { headers: key });
    expect([response.status, response.headers.get('upgrade')]).toEqual([426, 'websocket']);
    expect(await response.json()).toEqual({ error: expect.stringContaining('Upgrade') });
  }
  const { text } = await request(url, 'GET /trpc HTTP/1.0\r\nSec-WebSocket-Key: x\r\n\r\n');
  expect(text).toMatch(/^HTTP\/1\.1 426 /);
  expect(warn).toHaveBeenCalledTimes(1);
  expect((await fetch(`${url}/trpc`)).status).toBe(404);
  expect((await fetch(`${url}/trpc/users.count`, { headers: key })).status).toBe(200);
});
