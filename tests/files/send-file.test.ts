import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type SentFile, sendFile } from '../../src/server/http/files/send-file.ts';
import { keepHeader } from '../../src/server/http/reply.ts';
import { keepSecurityHeaders } from '../../src/server/http/security-headers.ts';
import type { ByteRange } from '../../src/server/infra/files/file-storage.ts';
import { openRaw } from '../support/raw-http.ts';

const bytes = Buffer.from('0123456789abcdefghij');
const etag = '"v1"';

/** A server with one file. */
async function serve(given: Partial<SentFile> = {}) {
  const opened: (ByteRange | undefined)[] = [];
  const streams: Readable[] = [];
  const outcomes: unknown[] = [];
  const file: SentFile = {
    size: bytes.length,
    etag,
    mediaType: 'text/plain',
    disposition: 'inline; filename=a.txt',
    cacheControl: 'private, max-age=60',
    open: async ({ start, end } = { start: 0, end: bytes.length - 1 }) =>
      Readable.from([bytes.subarray(start, end + 1)]),
    ...given,
  };
  const { open } = file;
  file.open = async (range) => {
    opened.push(range);
    const stream = await open(range);
    if (stream) streams.push(stream);
    return stream;
  };
  const server = http.createServer((req, res) => {
    keepSecurityHeaders(res);
    keepHeader(res, 'Vary', 'Origin');
    sendFile(req, res, file)
      .then((isThere) => {
        outcomes.push(isThere);
        if (!isThere) res.writeHead(404).end();
      })
      .catch((error) => {
        outcomes.push(error);
        if (!res.headersSent) res.writeHead(500).end();
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // safe: it listens on a port
  const get = async (headers: Record<string, string> = {}, method = 'GET') => {
    const response = await fetch(url, { method, headers });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  return { url, get, opened, streams, outcomes };
}

describe('the whole file', () => {
  it('has its length, type, name and version', async () => {
    const { get, opened, outcomes } = await serve();
    const { status, headers, body } = await get();
    expect([status, body]).toEqual([200, bytes.toString()]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-length': '20',
      'content-type': 'text/plain',
      'content-disposition': 'inline; filename=a.txt',
      'cache-control': 'private, max-age=60',
      etag,
      'accept-ranges': 'bytes',
      vary: 'Origin',
    });
    expect(headers.has('content-range')).toBe(false);
    expect([opened, outcomes]).toEqual([[undefined], [true]]);
  });

  it('is answered to HEAD without being opened', async () => {
    const { get, opened } = await serve();
    const { status, headers, body } = await get({ range: 'bytes=0-1' }, 'HEAD');
    expect([status, headers.get('content-length'), body, opened]).toEqual([200, '20', '', []]);
  });

  it('may be empty', async () => {
    const { get, outcomes } = await serve({ size: 0, open: async () => Readable.from([]) });
    for (const range of ['bytes=0-', 'bytes=-5', '']) {
      const { status, headers, body } = await get({ range });
      expect([status, headers.get('content-length'), body]).toEqual([200, '0', '']);
    }
    expect(outcomes).toEqual([true, true, true]);
  });

  it('goes to clients of HTTP/1.0', async () => {
    const { url } = await serve();
    const raw = await openRaw(url);
    raw.send(['GET / HTTP/1.0']);
    await raw.closed();
    expect(raw.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(raw.text()).not.toMatch(/transfer-encoding/i);
    expect(raw.body()).toBe(bytes.toString());
  });

  it('leaves the connection open for more', async () => {
    const { url } = await serve();
    const raw = await openRaw(url);
    for (const count of [1, 2, 3]) {
      raw.send(['GET / HTTP/1.1', 'Host: x']);
      await expect.poll(() => raw.text().split(bytes.toString()).length - 1).toBe(count);
    }
  });

  it('is not there if the storage has no bytes', async () => {
    const { get, outcomes } = await serve({ open: async () => undefined });
    expect((await get()).status).toBe(404);
    expect(outcomes).toEqual([false]);
  });
});

describe('headers for safety', () => {
  const policies = async (mediaType: string) => {
    const { get } = await serve({ mediaType });
    return (await get()).headers;
  };

  it('keep a file from being more than seen', async () => {
    const headers = await policies('text/html');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('let viewers of PDFs work', async () => {
    const headers = await policies('application/pdf');
    expect(headers.get('content-security-policy')).toMatch(/object-src 'self'$/);
    expect(headers.get('content-security-policy')).not.toMatch(/sandbox/);
    expect((await policies('application/pdf2')).get('content-security-policy')).toMatch(/sandbox/);
  });

  it('let clients of other origins show it', async () => {
    expect((await policies('image/png')).get('cross-origin-resource-policy')).toBe('cross-origin');
  });

  it('occur once each, and keep the others', async () => {
    const { url } = await serve({ headers: ['x-frame-options', 'SAMEORIGIN', 'X-More', 'yes'] });
    const raw = await openRaw(url);
    raw.send(['GET / HTTP/1.1', 'Host: x', 'Connection: close']);
    await raw.closed();
    const names = raw
      .text()
      .split('\r\n\r\n')[0]
      ?.split('\r\n')
      .slice(1)
      .map((line) => line.split(':')[0]?.toLowerCase() ?? '');
    expect(names).toEqual([...new Set(names)]);
    expect(names).toEqual(
      expect.arrayContaining(['strict-transport-security', 'referrer-policy', 'x-more', 'vary']),
    );
    expect(raw.text()).toContain('x-frame-options: SAMEORIGIN');
  });

  it('are in 304 as well, which updates caches', async () => {
    const { get } = await serve();
    const { headers } = await get({ 'if-none-match': etag });
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(headers.get('content-security-policy')).toMatch(/sandbox$/);
    expect(headers.get('cache-control')).toBe('private, max-age=60');
  });
});

describe('If-None-Match', () => {
  it.each([etag, 'W/"v1"', '*', '"v0", "v1"', '"v0",W/"v1"'])('%s matches', async (given) => {
    const { get, opened } = await serve();
    const { status, headers, body } = await get({ 'if-none-match': given, range: 'bytes=0-1' });
    expect([status, headers.get('etag'), body, opened]).toEqual([304, etag, '', []]);
    expect((await get({ 'if-none-match': given }, 'HEAD')).status).toBe(304);
  });

  it.each(['"v0"', 'v1', '"V1"', ''])('%s does not', async (given) => {
    const { get } = await serve();
    expect((await get({ 'if-none-match': given })).status).toBe(200);
  });
});

describe('Range', () => {
  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=5-9', 5, 9],
    ['bytes=5-', 5, 19],
    ['bytes=-5', 15, 19],
    ['bytes=-20', 0, 19],
    ['bytes=-500', 0, 19],
    ['bytes=15-999', 15, 19],
    ['BYTES=5-9', 5, 9],
    ['bytes= 5 - 9 ', 5, 9],
    ['bytes=5-9,90-99', 5, 9],
  ])('%s is a part', async (range, start, end) => {
    const { get, opened } = await serve();
    const { status, headers, body } = await get({ range });
    expect([status, body]).toEqual([206, bytes.subarray(start, end + 1).toString()]);
    expect(headers.get('content-range')).toBe(`bytes ${start}-${end}/20`);
    expect(headers.get('content-length')).toBe(String(end - start + 1));
    expect(headers.get('etag')).toBe(etag);
    expect(opened).toEqual([{ start, end }]);
  });

  it.each(['bytes=20-', 'bytes=20-30', 'bytes=-0', 'bytes=99999999999999999999-'])(
    '%s is not within the file',
    async (range) => {
      const { get, opened } = await serve();
      const { status, headers, body } = await get({ range });
      expect([status, headers.get('content-range'), opened]).toEqual([416, 'bytes */20', []]);
      expect(body).toBe('{"error":"the range is not within the file"}');
    },
  );

  it.each(['bytes=0-1,3-4', 'lines=0-1', 'bytes=a-b', 'bytes=-', 'bytes=', 'bytes', '0-1', 'bytes=--5'])(
    '%s is ignored',
    async (range) => {
      const { get } = await serve();
      const { status, body } = await get({ range });
      expect([status, body]).toEqual([200, bytes.toString()]);
    },
  );

  it('counts only if the file is still the same', async () => {
    const { get } = await serve();
    const range = 'bytes=0-1';
    expect((await get({ range, 'if-range': etag })).status).toBe(206);
    for (const other of ['"v0"', 'W/"v1"', 'Sun, 29 Nov 2026 08:00:00 GMT'])
      expect((await get({ range, 'if-range': other })).status).toBe(200);
    expect((await get({ range: 'bytes=90-', 'if-range': '"v0"' })).status).toBe(200);
  });
});

/** More than sockets take at once. */
const manyBytes = 64 * 1024 * 1024;

function endless() {
  let read = 0;
  const stream = new Readable({
    read(size) {
      read += size;
      this.push(Buffer.alloc(size));
    },
  });
  return { stream, read: () => read };
}

describe('a connection', () => {
  it('is read from the storage only as fast as the client takes it', async () => {
    const { stream, read } = endless();
    const { url } = await serve({ size: 1e12, open: async () => stream });
    const raw = await openRaw(url);
    raw.send(['GET / HTTP/1.1', 'Host: x']);
    await raw.has('200 OK');
    raw.socket.pause();
    // Grows no more once the buffers of the system are full.
    let last = -1;
    const hasStopped = () => {
      const before = last;
      last = read();
      return last === before;
    };
    await expect.poll(hasStopped, { interval: 200 }).toBe(true);
    expect(read()).toBeLessThan(manyBytes);
  });

  it('that the client closes releases the storage', async () => {
    const { stream } = endless();
    const { url, outcomes } = await serve({ size: 1e12, open: async () => stream });
    const raw = await openRaw(url);
    raw.send(['GET / HTTP/1.1', 'Host: x']);
    await raw.has('200 OK');
    raw.socket.destroy();
    await expect.poll(() => outcomes).toEqual([true]);
    expect(stream.destroyed).toBe(true);
  });

  it('that the client closes while the storage is silent releases it, too', async () => {
    const stream = new Readable({ read() {} });
    stream.push('some');
    const { url, outcomes } = await serve({ size: 100, open: async () => stream });
    const raw = await openRaw(url);
    raw.send(['GET / HTTP/1.1', 'Host: x']);
    await raw.has('some');
    raw.socket.destroy();
    await expect.poll(() => outcomes).toEqual([true]);
    expect(stream.destroyed).toBe(true);
  });

  it('that the client closes before the storage has opened releases it, too', async () => {
    const { stream } = endless();
    let release = () => {};
    const opening = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { url, opened, outcomes } = await serve({
      size: 1e12,
      open: async () => {
        await opening;
        return stream;
      },
    });
    const raw = await openRaw(url);
    raw.send(['GET / HTTP/1.1', 'Host: x']);
    await expect.poll(() => opened).toHaveLength(1);
    raw.socket.end();
    raw.socket.destroy();
    await raw.closed();
    // The server has heard of it once it has answered another client.
    await (await fetch(url, { method: 'HEAD' })).text();
    release();
    await expect.poll(() => outcomes).toEqual([true, true]);
    expect(stream.destroyed).toBe(true);
  });

  it.each([
    ['fails', () => Readable.from(failing())],
    ['ends too soon', () => Readable.from([bytes.subarray(0, 10)]).once('data', closeLater)],
    ['has too few bytes', () => Readable.from([bytes.subarray(0, 10)])],
    ['has too many bytes', () => Readable.from([bytes.subarray(0, 10), bytes])],
  ])('is destroyed if the storage %s', async (_, open) => {
    const { url, outcomes, streams } = await serve({ open: async () => open() });
    const raw = await openRaw(url);
    raw.send(['GET / HTTP/1.1', 'Host: x']);
    await raw.closed();
    expect(raw.body().length).toBeLessThan(bytes.length);
    await expect.poll(() => outcomes).toEqual([expect.any(Error)]);
    expect(streams[0]?.destroyed).toBe(true);
  });

  it('is answered otherwise if the storage cannot open the file', async () => {
    const { get, outcomes } = await serve({ open: () => Promise.reject(new Error('no disk')) });
    expect((await get()).status).toBe(500);
    expect(outcomes).toEqual([new Error('no disk')]);
  });
});

function closeLater(this: Readable) {
  process.nextTick(() => this.destroy());
}

async function* failing() {
  yield bytes.subarray(0, 10);
  throw new Error('the disk broke');
}
