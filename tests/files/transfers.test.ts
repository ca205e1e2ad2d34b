import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createEndpoints } from '../../src/server/app/endpoints.ts';
import { AppError } from '../../src/server/core/errors.ts';
import { createHttpServer } from '../../src/server/http/http-server.ts';
import { createTransfers, createUploads } from '../../src/server/infra/limits/transfers.ts';
import { openRaw } from '../support/raw-http.ts';
import { startSharing } from '../support/sharing.ts';
import { quadrants } from './picture-files.ts';

const busy = () => new AppError('TOO_MANY_REQUESTS', { retryAfterMs: 1000 });

/** More than the system takes for a client that does not read. */
const large = Buffer.alloc(12 * 1024 * 1024, 'x');

/** Bob has sent Ada a large file, which may be downloaded twice at a time from one address, and three times in all. */
async function setup() {
  const { mirage, ada, bob, upload, form } = await startSharing({ trustedProxies: 1 });
  const { files } = mirage.deps;
  if (!files) throw new Error('there are files');
  files.downloads = createTransfers({ address: 2, all: 3 }, busy);
  const { body } = await upload(bob.token, 'recipient=ada', form(new Blob([large]), 'x.bin', ''));
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: '', attachments: [String(body.id)] });
  const { messages } = await ada.client.inbox.listMessages.query();
  const path = messages[0]?.attachments?.[0]?.url ?? '';
  /** Begins to read, and stops. */
  async function hold(address: string, origin = mirage.url) {
    const raw = await openRaw(origin);
    raw.send([`GET ${path} HTTP/1.1`, 'Host: x', `X-Forwarded-For: ${address}`]);
    await raw.has('HTTP/1.1 200 OK');
    raw.socket.pause();
    return raw;
  }
  const read = (address: string, init: RequestInit = {}) =>
    fetch(new URL(path, mirage.url), { ...init, headers: { ...init.headers, 'x-forwarded-for': address } });
  return { mirage, files, ada, upload, form, hold, read };
}

/** Another server over what a Mirage stands on, with timers of its own. */
async function serveAgain(deps: Parameters<typeof createEndpoints>[0]) {
  const endpoints = createEndpoints(deps);
  const server = createHttpServer((req, res) => endpoints.handler(req, res, () => res.destroy()));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await endpoints.close();
  });
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // safe: it listens on a port
  return { url, isBlocked: () => sockets.every(({ writableLength }) => writableLength > 0) };
}

describe('downloads', () => {
  it('are bounded by address and in all, and count until they end', async () => {
    const { mirage, ada, upload, form, hold, read } = await setup();
    const picture = new Blob([new Uint8Array(await quadrants().jpeg().toBuffer())]);
    const { body } = await upload(ada.token, 'recipient=ada', form(picture, 'me.jpg', 'image/jpeg'));
    const { avatarUrl: avatar } = await ada.client.users.setAvatar.mutate({ fileId: String(body.id) });
    if (avatar === null) throw new Error('there is an avatar');
    const first = await hold('192.0.2.1');
    await hold('192.0.2.1');
    const refused = await read('192.0.2.1');
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      429,
      '1',
      { error: expect.any(String), reason: 'TOO_MANY_REQUESTS', retryAfterMs: 1000 },
    ]);
    // What needs no bytes needs no place.
    const head = await read('192.0.2.1', { method: 'HEAD' });
    const etag = head.headers.get('etag') ?? '';
    expect([head.status, (await read('192.0.2.1', { headers: { 'if-none-match': etag } })).status]).toEqual([
      200, 304,
    ]);
    await hold('192.0.2.2');
    expect((await read('192.0.2.3')).status).toBe(429);
    expect((await fetch(new URL(avatar, mirage.url))).status).toBe(429);
    first.socket.destroy();
    await expect
      .poll(async () => (await read('192.0.2.3', { headers: { range: 'bytes=0-9' } })).status)
      .toBe(206);
    // The part has arrived a moment before its place is free.
    await expect
      .poll(async () => {
        const whole = await read('192.0.2.1');
        return [whole.status, (await whole.arrayBuffer()).byteLength];
      })
      .toEqual([200, large.length]);
  });

  it('end when their readers take nothing for 30 seconds', async () => {
    const { mirage, hold, read } = await setup();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { url, isBlocked } = await serveAgain(mirage.deps);
    for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) await hold(address, url);
    await expect.poll(isBlocked).toBe(true);
    vi.advanceTimersByTime(29_000);
    expect((await read('192.0.2.3')).status).toBe(429);
    // What was still on its way at first counts as taken.
    vi.advanceTimersByTime(31_000);
    await expect
      .poll(async () => (await read('192.0.2.3', { headers: { range: 'bytes=0-9' } })).status)
      .toBe(206);
  });
});

describe('uploads', () => {
  const user = (n: number, address: string) => ({ user: `user${n}`, address });

  it('of many users at one address leave room for others', () => {
    const uploads = createUploads(4);
    const leave = uploads.enter(user(0, 'a'));
    for (let n = 1; n < 4; n += 1) uploads.enter(user(0, 'a'));
    expect(() => uploads.enter(user(0, 'b'))).toThrow('you are uploading as many files as you may');
    for (let n = 4; n < 25; n += 1) uploads.enter(user(n, 'a'));
    expect(() => uploads.enter(user(25, 'a'))).toThrow('too many files are being uploaded from this address');
    leave();
    leave();
    uploads.enter(user(25, 'a'));
    expect(() => uploads.enter(user(26, 'a'))).toThrow('from this address');
    for (let n = 0; n < 75; n += 1) uploads.enter(user(100 + n, `${n}`));
    expect(() => uploads.enter(user(200, 'z'))).toThrow('the server is receiving as many files as it can');
  });

  it('may be more for an operator who lets single users have more', () => {
    const uploads = createUploads(150);
    for (let n = 0; n < 150; n += 1) uploads.enter(user(0, 'a'));
    expect(() => uploads.enter(user(0, 'a'))).toThrow('you are uploading');
  });

  it('count for the address that the proxy tells', async () => {
    const { mirage, files, ada, upload, form } = await setup();
    files.uploads = createTransfers({ user: 9, address: 1, all: 9 }, busy);
    const raw = await openRaw(mirage.url);
    raw.send([
      'POST /files?recipient=bob HTTP/1.1',
      'Host: x',
      `Authorization: ${ada.token}`,
      'X-Forwarded-For: 2001:db8::1',
      'Content-Type: text/plain',
      'Content-Length: 10',
      'Expect: 100-continue',
    ]);
    await raw.has('100 Continue');
    const from = async (address: string) =>
      (await upload(ada.token, 'recipient=bob', form('x', 'x.txt', ''), { 'x-forwarded-for': address }))
        .status;
    // Another address of the same network.
    expect(await from('2001:db8::2')).toBe(429);
    expect(await from('2001:db8:0:1::1')).toBe(201);
    raw.socket.destroy();
    await expect.poll(() => from('2001:db8::2')).toBe(201);
  });
});
