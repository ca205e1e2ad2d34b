import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs, { readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { receiveUpload } from '../../src/server/http/files/receive-upload.ts';
import { openRaw } from '../support/raw-http.ts';
import { failWrites } from './fail-writes.ts';
import { type Answer, boundary, formHeaders, formOf, handmade, part, serveUploads } from './upload-server.ts';

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
const plain = { 'content-type': 'text/plain' };
const file = part('form-data; name="file"; filename="a.txt"', 'hello', ['Content-Type: text/plain']);

/** Where a file begins in a form. */
const fileHead = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;

/** The JSON of the last answer on a connection. */
const answerOf = (text: string) => JSON.parse(text.slice(text.lastIndexOf('\r\n\r\n') + 4)) as Answer; // safe: the server's answers

describe('an upload', () => {
  it('of a form is written to a file that only this user can read', async () => {
    const { post, files, folder } = await serveUploads();
    expect(await post(formOf('hello', 'ä ö.txt', 'text/plain;charset=utf-8'))).toEqual({
      status: 200,
      size: 5,
      sha256: sha256('hello'),
      name: 'ä ö.txt',
      claimedType: 'text/plain',
      fields: {},
    });
    const { path = '', head } = files[0] ?? {};
    expect(path.startsWith(`${folder}/`)).toBe(true);
    expect(path).not.toContain('ö');
    expect(readFileSync(path, 'utf8')).toBe('hello');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(head?.toString()).toBe('hello');
  });

  it('of bare bytes is, too', async () => {
    const { post, files } = await serveUploads();
    const answer = await post('hello', {
      'content-type': 'Text/Plain; charset=utf-8',
      'content-disposition': 'attachment; filename="x"; filename*=UTF-8\'\'%C3%A4%20%C3%B6.txt',
    });
    expect(answer).toMatchObject({
      size: 5,
      sha256: sha256('hello'),
      name: 'ä ö.txt',
      claimedType: 'text/plain',
    });
    expect(readFileSync(files[0]?.path ?? '', 'utf8')).toBe('hello');
  });

  it.each([0, 1, 4099, 4100, 4101, 200_000])(
    'of %i bytes has the right size, hash and beginning',
    async (size) => {
      const { post, files } = await serveUploads({ maxBytes: 200_000 });
      const bytes = Buffer.alloc(size, 'abcdefg');
      for (const body of [formOf(bytes), bytes]) {
        expect(await post(body, body === bytes ? plain : {})).toMatchObject({ size, sha256: sha256(bytes) });
        const { head, path = '' } = files.at(-1) ?? {};
        expect(head).toEqual(bytes.subarray(0, 4100));
        expect(readFileSync(path).equals(bytes)).toBe(true);
      }
    },
  );

  it('may have the text parts that it may have, before and after the file', async () => {
    const { post } = await serveUploads({ fields: ['room_id', 'token'] });
    const form = formOf('hello');
    form.append('token', 'ä'.repeat(4000));
    expect(await post(form)).toMatchObject({ fields: { token: 'ä'.repeat(4000) } });
    const body = handmade(part('form-data; name=room_id', '7'), file, part('form-data; name="token"', ''));
    expect(await post(body, formHeaders)).toMatchObject({ size: 5, fields: { room_id: '7', token: '' } });
  });

  it('may come in pieces that end anywhere', async () => {
    const { url, left } = await serveUploads();
    const body = handmade(file);
    const request = http.request(url, {
      method: 'POST',
      headers: { ...formHeaders, 'content-length': body.length },
    });
    for (const byte of body) if (!request.write(Buffer.of(byte))) await once(request, 'drain');
    request.end();
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
    expect(left()).toHaveLength(1);
  });

  it('may have something before and after the form', async () => {
    const { post } = await serveUploads();
    const body = Buffer.concat([Buffer.from('preamble\r\n'), handmade(file), Buffer.from('epilogue')]);
    expect(await post(body, formHeaders)).toMatchObject({ status: 200, sha256: sha256('hello') });
  });

  it('may contain what looks like a boundary', async () => {
    const { post } = await serveUploads();
    const content = `\r\n--${boundary}x\r\n--${boundary.slice(1)}\r\n--\r\n`;
    expect(await post(formOf(content))).toMatchObject({ sha256: sha256(content) });
  });
});

describe('the name', () => {
  it.each([
    ['a"b.txt', 'a"b.txt'],
    ['a\r\nb.txt', 'a b.txt'],
    ['100%.txt', '100%.txt'],
    ['%41%2f%5C.txt', '%41%2f%5C.txt'],
    ['报告 🎉.txt', '报告 🎉.txt'],
    ['a;b=c, d.txt', 'a;b=c, d.txt'],
    ["it's.txt", "it's.txt"],
    ['..', 'file'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\a.txt', 'a.txt'],
    ['con.txt', '_con.txt'],
    ['a\u202eb.exe', 'ab.exe'],
    [`${'x'.repeat(1000)}.txt`, `${'x'.repeat(251)}.txt`],
  ])('%j of a form that Node sends', async (name, expected) => {
    const { post } = await serveUploads();
    expect(await post(formOf('x', name))).toMatchObject({ status: 200, name: expected });
  });

  it.each([
    // As Chromium sends them, which encodes these three characters alone.
    ['filename="a%22b%0D%0Ac%25.txt"', 'a"b c%25.txt'],
    ['filename="a%22b%0a.txt"', 'a"b%0a.txt'],
    ['filename="x"; filename*=UTF-8\'\'%C3%A4.txt', 'ä.txt'],
    ['filename="a\\"b\\\\c.txt"', 'c.txt'],
    ['filename=a.txt', 'a.txt'],
    ['filename="\udcff.txt"', '\ufffd.txt'],
  ])('%s of a form', async (parameter, expected) => {
    const { post } = await serveUploads();
    const body = handmade(part(`form-data; name="file"; ${parameter}`, 'x', ['Content-Type: text/plain']));
    expect(await post(body, formHeaders)).toMatchObject({ status: 200, name: expected });
  });

  it('is not needed for bytes of no known type', async () => {
    const { post } = await serveUploads();
    const body = handmade(part('form-data; name="file"', 'x', ['Content-Type: application/octet-stream']));
    expect(await post(body, formHeaders)).toMatchObject({ name: 'file', size: 1 });
  });

  it.each([
    ["attachment; filename*=UTF-8''a%22%2F%E2%82%AC.txt", '€.txt'],
    ["attachment; filename*=utf-8'en'%e2%82%ac%20rates.txt", '€ rates.txt'],
    ["attachment; filename*=ISO-8859-1''%E4.txt", 'ä.txt'],
    ['attachment; filename="a \\"quoted\\" name.txt"', 'a "quoted" name.txt'],
    ['attachment; filename=a.txt', 'a.txt'],
    ['inline; FileName="100%25.txt"', '100%25.txt'],
    [Buffer.from('attachment; filename="ä€.txt"').toString('latin1'), 'ä€.txt'],
    ['attachment; filename="\xe4.txt"', 'ä.txt'],
    ["attachment; filename*=UTF-8''%FF; filename=b.txt", 'b.txt'],
    ["attachment; filename*=KOI8-R''%FF", 'file'],
    ['attachment', 'file'],
    ['attachment; filename=""', 'file'],
    [';;;=";"', 'file'],
  ])('%j of bare bytes', async (disposition, expected) => {
    const { post } = await serveUploads();
    const headers = { ...plain, 'content-disposition': disposition };
    expect(await post('x', headers)).toMatchObject({ status: 200, name: expected });
  });

  it('is not needed for bare bytes', async () => {
    const { post } = await serveUploads();
    expect(await post('x', plain)).toMatchObject({ name: 'file' });
  });
});

describe('the type', () => {
  it.each([
    ['IMAGE/Png; x=y', 'image/png'],
    ['application/vnd.a-b+json', 'application/vnd.a-b+json'],
    ['nonsense', 'application/octet-stream'],
    ['text/<script>', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ])('%j', async (type, expected) => {
    const { post } = await serveUploads();
    expect(await post('x', { 'content-type': type })).toMatchObject({ claimedType: expected });
    const body = handmade(part('form-data; name="file"; filename="a"', 'x', [`Content-Type: ${type}`]));
    const inForm = expected === 'application/octet-stream' ? 'text/plain' : expected;
    expect(await post(body, formHeaders)).toMatchObject({ claimedType: inForm });
  });
});

describe('a size', () => {
  it('of exactly the limit is allowed, and one byte more is not', async () => {
    const { post, left } = await serveUploads({ maxBytes: 100_000 });
    const most = Buffer.alloc(100_000);
    const more = Buffer.alloc(100_001);
    for (const body of [formOf(most), most])
      expect(await post(body, body === most ? plain : {})).toMatchObject({ size: 100_000 });
    expect(left()).toHaveLength(2);
    for (const body of [formOf(more), more])
      expect(await post(body, body === more ? plain : {})).toMatchObject({
        status: 413,
        reason: 'FILE_TOO_LARGE',
        message: 'the file is too large',
      });
    expect(left()).toHaveLength(2);
  });

  it('is counted while it arrives if it was not told', async () => {
    const { post, left } = await serveUploads({ maxBytes: 100_000 });
    const stream = (size: number) => new Blob([Buffer.alloc(size)]).stream();
    expect(await post(stream(100_000), plain)).toMatchObject({ size: 100_000 });
    expect(await post(stream(100_001), plain)).toMatchObject({ reason: 'FILE_TOO_LARGE' });
    expect(left()).toHaveLength(1);
  });

  it('that is told is refused before anything has arrived', async () => {
    const { url, left } = await serveUploads();
    for (const [type, length] of [
      ['text/plain', 10_001],
      ['multipart/form-data; boundary=x', 10_001 + 64 * 1024],
    ]) {
      const raw = await openRaw(url);
      raw.send(['POST / HTTP/1.1', 'Host: x', `Content-Type: ${type}`, `Content-Length: ${length}`]);
      await raw.has('FILE_TOO_LARGE');
    }
    expect(left()).toEqual([]);
  });

  it('of a form is limited with everything around the file', async () => {
    const { post, left } = await serveUploads();
    const body = new Blob([Buffer.alloc(80_000), handmade(file)]).stream();
    expect(await post(body, formHeaders)).toMatchObject({ reason: 'FILE_TOO_LARGE' });
    expect(left()).toEqual([]);
  });
});

describe('refused, with no file left', () => {
  const octets = ['Content-Type: application/octet-stream'];
  it.each<[string, BodyInit | null, Record<string, string>, string, RegExp]>([
    ['no body', null, {}, 'INVALID_INPUT', /^the file is missing/],
    ['an empty form', handmade(), formHeaders, 'INVALID_INPUT', /^the file is missing/],
    [
      'a form with text alone',
      handmade(part('form-data; name="room_id"', '7')),
      formHeaders,
      'INVALID_INPUT',
      /^the file is missing/,
    ],
    [
      'a form in which no file was chosen',
      handmade(part('form-data; name="file"; filename=""', '', octets)),
      formHeaders,
      'INVALID_INPUT',
      /^the file is missing/,
    ],
    [
      'a file as text',
      handmade(part('form-data; name="file"', 'x')),
      formHeaders,
      'INVALID_INPUT',
      /has no file name$/,
    ],
    ['two files', handmade(file, file), formHeaders, 'INVALID_INPUT', /^send one file at a time$/],
    [
      'an unknown file',
      handmade(file, part('form-data; name="other"; filename="b"', 'x')),
      formHeaders,
      'INVALID_INPUT',
      /^unknown part "other"$/,
    ],
    [
      'a file without a part name',
      handmade(file, part('form-data; filename="b"', 'x')),
      formHeaders,
      'INVALID_INPUT',
      /^unknown part ""$/,
    ],
    [
      'an unknown text',
      handmade(file, part('form-data; name="other"', 'x')),
      formHeaders,
      'INVALID_INPUT',
      /^unknown part "other"$/,
    ],
    [
      'a text with a name of objects',
      handmade(file, part('form-data; name="__proto__"', 'x')),
      formHeaders,
      'INVALID_INPUT',
      /^unknown part "__proto__"$/,
    ],
    [
      'a text twice',
      handmade(part('form-data; name="room_id"', '7'), part('form-data; name="room_id"', '8'), file),
      formHeaders,
      'INVALID_INPUT',
      /^the part "room_id" occurs twice$/,
    ],
    [
      'a long text',
      handmade(part('form-data; name="room_id"', 'x'.repeat(8193)), file),
      formHeaders,
      'INVALID_INPUT',
      /^the part "room_id" is too long$/,
    ],
    [
      'an encoded file',
      handmade(part('form-data; name="file"; filename="a"', 'eA==', ['Content-Transfer-Encoding: base64'])),
      formHeaders,
      'INVALID_INPUT',
      /must not be encoded$/,
    ],
    [
      'a form without an end',
      handmade(file).subarray(0, -8),
      formHeaders,
      'INVALID_INPUT',
      /incomplete or malformed$/,
    ],
    [
      'a form that ends within the file',
      handmade(file).subarray(0, -20),
      formHeaders,
      'INVALID_INPUT',
      /incomplete or malformed$/,
    ],
    [
      'a form that ends within its headers',
      Buffer.from(file.slice(0, 50)),
      formHeaders,
      'INVALID_INPUT',
      /incomplete or malformed$/,
    ],
    [
      'a form with broken headers',
      Buffer.from(`--${boundary}\r\n\x01: x\r\n\r\n`),
      formHeaders,
      'INVALID_INPUT',
      /incomplete or malformed$/,
    ],
    [
      'a form with broken headers after the file',
      handmade(file, `--${boundary}\r\n\x01: x\r\n\r\n`),
      formHeaders,
      'INVALID_INPUT',
      /incomplete or malformed$/,
    ],
    [
      'a form with too many headers',
      handmade(`--${boundary}\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
      formHeaders,
      'INVALID_INPUT',
      /incomplete or malformed$/,
    ],
    ['no form', 'hello', formHeaders, 'INVALID_INPUT', /incomplete or malformed$/],
    [
      'another boundary',
      handmade(file),
      { 'content-type': 'multipart/form-data; boundary=y' },
      'INVALID_INPUT',
      /incomplete or malformed$/,
    ],
    [
      'no boundary',
      handmade(file),
      { 'content-type': 'multipart/form-data' },
      'WRONG_CONTENT_TYPE',
      /must name its boundary$/,
    ],
    [
      'other parts',
      handmade(file),
      { 'content-type': `multipart/mixed; boundary=${boundary}` },
      'WRONG_CONTENT_TYPE',
      /^send the file as/,
    ],
    [
      'a form of another kind',
      'file=x',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'WRONG_CONTENT_TYPE',
      /^send the file as/,
    ],
    [
      'compressed bytes',
      gzipSync('x'),
      { ...plain, 'content-encoding': 'gzip' },
      'WRONG_CONTENT_TYPE',
      /must not be compressed$/,
    ],
    [
      'a compressed form',
      gzipSync(handmade(file)),
      { ...formHeaders, 'content-encoding': 'gzip' },
      'WRONG_CONTENT_TYPE',
      /must not be compressed$/,
    ],
  ])('%s', async (_, body, headers, reason, message) => {
    const { post, left } = await serveUploads();
    const answer = await post(body, headers);
    expect(answer).toEqual({
      status: reason === 'WRONG_CONTENT_TYPE' ? 415 : 400,
      reason,
      message: expect.stringMatching(message),
    });
    expect(left()).toEqual([]);
  });

  it('a file with an empty name that is not a field', async () => {
    const { post, left } = await serveUploads();
    expect(await post(formOf('hello', '', 'application/octet-stream'))).toMatchObject({
      name: 'file',
      size: 5,
    });
    expect(await post(formOf('hello', ''))).toMatchObject({
      reason: 'INVALID_INPUT',
      message: /no file name/,
    });
    expect(left()).toHaveLength(1);
  });

  it.each(['ENOSPC', 'EDQUOT'])('a file for which the disk has no room (%s)', async (code) => {
    const { post, left } = await serveUploads();
    failWrites(Object.assign(new Error('no room'), { code }));
    for (const body of [formOf('hello'), 'hello'])
      expect(await post(body, body === 'hello' ? plain : {})).toEqual({
        status: 503,
        reason: 'STORAGE_FULL',
        message: 'the server has no room for more files',
      });
    await expect.poll(left).toEqual([]);
  });

  it('a file that the disk cannot take otherwise', async () => {
    const { post, left } = await serveUploads();
    failWrites(Object.assign(new Error('broken'), { code: 'EIO' }));
    expect(await post(formOf('hello'))).toMatchObject({ status: 500, message: 'Error: broken' });
    await expect.poll(left).toEqual([]);
  });
});

it('waits for a disk that is still writing when a form ends', async () => {
  const { url, server } = await serveUploads({ maxBytes: 1e6 });
  const write = fs.write as (...given: unknown[]) => void; // safe: given what it is given
  const parsed = new Promise<void>((resolve) => {
    const look = (piece: Buffer) => piece.includes(`--${boundary}--`) && setImmediate(resolve);
    server.prependListener('request', (req) => req.on('data', look).pause());
  });
  const spy = vi.spyOn(fs, 'write').mockImplementation(((...given: unknown[]) => {
    void parsed.then(() => write(...given));
  }) as never); // safe: as above
  onTestFinished(() => spy.mockRestore());
  // The last byte completes what may wait for the disk.
  const bytes = randomBytes(256 * 1024);
  const end = Buffer.concat([bytes.subarray(-1), Buffer.from(`\r\n--${boundary}--\r\n`)]);
  const answer = await sendChunks(url, formHeaders, [fileHead, ...cut(bytes.subarray(0, -1), 60_000), end]);
  expect(answer).toMatchObject({ size: bytes.length, sha256: sha256(bytes) });
});

describe('a client', () => {
  const begin = (url: string, length = 9000) =>
    openRaw(url).then((raw) => {
      raw.send(['POST / HTTP/1.1', 'Host: x', 'Content-Type: text/plain', `Content-Length: ${length}`]);
      raw.socket.write('some');
      return raw;
    });
  const beginForm = (url: string) =>
    openRaw(url).then((raw) => {
      const type = `Content-Type: ${formHeaders['content-type']}`;
      raw.send(['POST / HTTP/1.1', 'Host: x', type, 'Content-Length: 9000']);
      raw.socket.write(file.slice(0, -4));
      return raw;
    });

  it.each([
    ['bytes', begin],
    ['a form', beginForm],
  ])('that stops sending %s is cut off', async (_, start) => {
    const { url, left, errors } = await serveUploads({ stallMs: 100 });
    const raw = await start(url);
    await raw.has('TOO_SLOW');
    expect(raw.text()).toMatch(/^HTTP\/1\.1 408 /);
    expect(errors).toMatchObject([{ reason: 'TOO_SLOW', message: 'the file arrives too slowly' }]);
    await expect.poll(left).toEqual([]);
  });

  it('that sends too slowly is cut off', async () => {
    const { url, left } = await serveUploads({ stallMs: 200, minBytesPerSecond: 1_000_000 });
    const raw = await begin(url);
    const drip = setInterval(() => raw.socket.write('x'), 5);
    onTestFinished(() => clearInterval(drip));
    await raw.has('TOO_SLOW');
    await expect.poll(left).toEqual([]);
  });

  it('that sends slowly, but fast enough, is not', async () => {
    const { url } = await serveUploads({ stallMs: 100, minBytesPerSecond: 1 });
    const raw = await begin(url, 4 + 60);
    let sent = 0;
    const drip = setInterval(() => {
      raw.socket.write('x');
      sent += 1;
      if (sent === 60) clearInterval(drip);
    }, 5);
    onTestFinished(() => clearInterval(drip));
    await raw.has('"size":64');
  });

  it('may take longer than the server gives other requests', async () => {
    const { url, server } = await serveUploads();
    // Node takes the longer of both for the whole request.
    server.requestTimeout = 1;
    server.headersTimeout = 1;
    const timedOut = once(server, 'clientError');
    const raw = await begin(url, 8);
    const [error] = await timedOut;
    expect(error).toMatchObject({ code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    raw.socket.write('more');
    await raw.has('"size":8');
    raw.socket.write('POST');
    await raw.has('HTTP/1.1 408 ');
  });

  it.each([
    ['bytes', begin],
    ['a form', beginForm],
  ])('that disconnects within %s leaves no file', async (_, start) => {
    const { url, left, errors } = await serveUploads();
    const raw = await start(url);
    await expect.poll(left).toHaveLength(1);
    raw.socket.destroy();
    await expect.poll(() => errors).toMatchObject([{ reason: 'ABORTED' }]);
    await expect.poll(left).toEqual([]);
  });

  it('that ends its side within the body leaves no file', async () => {
    const { url, left, errors } = await serveUploads();
    const raw = await begin(url);
    await expect.poll(left).toHaveLength(1);
    raw.socket.end();
    await raw.closed();
    expect(raw.text()).toMatch(/^HTTP\/1\.1 400 /);
    await expect.poll(() => errors).toMatchObject([{ reason: 'ABORTED' }]);
    await expect.poll(left).toEqual([]);
  });

  it.each([
    ['bytes', begin],
    ['a form', beginForm],
  ])('is told the reason of a signal within %s', async (_, start) => {
    const stopping = new AbortController();
    const { url, left, errors } = await serveUploads({ signal: stopping.signal });
    const raw = await start(url);
    await expect.poll(left).toHaveLength(1);
    stopping.abort(new Error('the server stops'));
    await raw.has('the server stops');
    expect(errors).toEqual([new Error('the server stops')]);
    await expect.poll(left).toEqual([]);
  });

  it('is told the reason of a signal that came before', async () => {
    const { post, left } = await serveUploads({ signal: AbortSignal.abort(new Error('stopped')) });
    for (const body of [formOf('x'), 'x'])
      expect(await post(body, body === 'x' ? plain : {})).toMatchObject({ message: 'Error: stopped' });
    await expect.poll(left).toEqual([]);
  });
});

const write = (socket: Socket, size: number) =>
  new Promise<void>((resolve, reject) => {
    socket.write(Buffer.alloc(size), (error) => (error ? reject(error) : resolve()));
  });

describe('an answer reaches a client', () => {
  const refused = ['POST / HTTP/1.1', 'Host: x', 'Content-Type: multipart/form-data; boundary=x'];

  it('that sends everything before it reads, and the connection is kept', async () => {
    const { url } = await serveUploads();
    const raw = await openRaw(url);
    for (const count of [1, 2]) {
      raw.socket.pause();
      raw.send(['POST / HTTP/1.1', 'Host: x', 'Content-Type: text/plain', 'Content-Length: 8000000']);
      for (let sent = 0; sent < 8_000_000; sent += 80_000) await write(raw.socket, 80_000);
      raw.socket.resume();
      await expect.poll(() => raw.text().split('FILE_TOO_LARGE').length - 1).toBe(count);
    }
    expect(raw.text()).toMatch(/\r\nconnection: keep-alive\r\n/i);
  });

  it('that sends more than is discarded, and is told that the connection closes', async () => {
    const { url } = await serveUploads();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const raw = await openRaw(url);
    raw.send([...refused.slice(0, 2), 'Content-Type: text/plain', 'Content-Length: 999999999']);
    raw.socket.allowHalfOpen = true;
    for (let count = 0; count < 128; count += 1) await write(raw.socket, 65_536);
    await raw.has('FILE_TOO_LARGE');
    expect(raw.text()).toMatch(/\r\nconnection: close\r\n/i);
    // More is not taken, but not an error either while the client may not have seen the answer.
    let isBlocked = false;
    for (let count = 0; count < 1000 && !isBlocked; count += 1) {
      const written = write(raw.socket, 65_536);
      written.catch(() => {});
      isBlocked = await Promise.race([written.then(() => false), setTimeout(1000, true)]);
    }
    expect([isBlocked, raw.socket.errored, raw.socket.closed]).toEqual([true, null, false]);
    vi.advanceTimersByTime(10_000);
    await raw.closed();
  });

  it('that sends chunks without end', async () => {
    const { url, left } = await serveUploads();
    const raw = await openRaw(url);
    raw.send([...refused.slice(0, 2), 'Content-Type: text/plain', 'Transfer-Encoding: chunked']);
    const chunk = `${(60_000).toString(16)}\r\n${'x'.repeat(60_000)}\r\n`;
    raw.socket.write(chunk);
    await raw.has('FILE_TOO_LARGE');
    expect(raw.text()).toMatch(/\r\nconnection: close\r\n/i);
    for (const _ of [1, 2, 3]) await new Promise((resolve) => raw.socket.write(chunk, resolve));
    expect(raw.socket.errored).toBeNull();
    raw.socket.end('0\r\n\r\n');
    await raw.closed();
    expect(left()).toEqual([]);
  });

  it('of HTTP/1.0 that sends everything before it reads', async () => {
    const { url } = await serveUploads();
    const raw = await openRaw(url);
    raw.socket.pause();
    raw.send(['POST / HTTP/1.0', 'Content-Type: text/plain', 'Content-Length: 4000000']);
    for (let sent = 0; sent < 4_000_000; sent += 40_000) await write(raw.socket, 40_000);
    raw.socket.resume();
    await raw.closed();
    expect(raw.text()).toMatch(/^HTTP\/1\.1 413 /);
    expect(answerOf(raw.text()).reason).toBe('FILE_TOO_LARGE');
  });

  it('of HTTP/1.0 whose upload is complete', async () => {
    const { url } = await serveUploads();
    const raw = await openRaw(url);
    raw.send(['POST / HTTP/1.0', 'Content-Type: text/plain', 'Content-Length: 5']);
    raw.socket.write('hello');
    await raw.closed();
    expect(answerOf(raw.text())).toMatchObject({ size: 5 });
  });

  it('that does not keep its connection', async () => {
    const { url, server } = await serveUploads({ maxBytes: 3_000_000 });
    const raw = await openRaw(url);
    raw.socket.allowHalfOpen = true;
    const body = handmade(file, file);
    const headers = ['Connection: close', `Content-Length: ${body.length + 2_000_000}`];
    raw.send(['POST / HTTP/1.1', 'Host: x', `Content-Type: ${formHeaders['content-type']}`, ...headers]);
    raw.socket.write(body);
    await raw.has('INVALID_INPUT');
    await write(raw.socket, 1_000_000);
    await write(raw.socket, 1_000_000);
    // The client has not closed its side.
    const open = () => promisify(server.getConnections.bind(server))();
    await expect.poll(open).toBe(0);
    expect(raw.socket.errored).toBeNull();
  });

  it('on a kept connection after another', async () => {
    const { url } = await serveUploads();
    const raw = await openRaw(url);
    for (const size of [1, 2, 3]) {
      const content = 'x'.repeat(size);
      raw.send(['POST / HTTP/1.1', 'Host: x', 'Content-Type: a/b', `Content-Length: ${size}`]);
      raw.socket.write(content);
      await raw.has(`"size":${size}`);
      raw.send([...refused, 'Content-Length: 5']);
      raw.socket.write('wrong');
      await expect.poll(() => raw.text().split('INVALID_INPUT').length - 1).toBe(size);
    }
  });
});

describe('Expect: 100-continue', () => {
  const expecting = (length: number) => [
    ...['POST / HTTP/1.1', 'Host: x', 'Content-Type: text/plain'],
    ...['Expect: 100-continue', `Content-Length: ${length}`],
  ];

  it('is answered once nothing speaks against the upload', async () => {
    const { url } = await serveUploads();
    const raw = await openRaw(url);
    raw.send(expecting(5));
    await raw.has('HTTP/1.1 100 Continue\r\n\r\n');
    raw.socket.write('hello');
    await raw.has('"size":5');
    expect(raw.text().match(/HTTP\/1\.1/g)).toHaveLength(2);
  });

  it('is not answered if the upload is refused', async () => {
    const { url } = await serveUploads();
    const raw = await openRaw(url);
    raw.send(expecting(10_001));
    await raw.has('FILE_TOO_LARGE');
    expect(raw.text()).toMatch(/^HTTP\/1\.1 413 /);
    expect(raw.text()).not.toContain('100 Continue');
    raw.socket.end();
    await raw.closed();
  });

  it('need not be waited for', async () => {
    const { url } = await serveUploads();
    const raw = await openRaw(url);
    raw.send(expecting(5));
    raw.socket.write('hello');
    await raw.has('"size":5');
  });
});

/** Sends a body in these pieces, each of them as a chunk of its own. */
async function sendChunks(url: string, headers: Record<string, string>, chunks: Iterable<Buffer | string>) {
  const request = http.request(url, { method: 'POST', agent: false, headers });
  const response = once(request, 'response');
  for (const chunk of chunks) if (!request.write(chunk)) await once(request, 'drain');
  request.end();
  const [answer] = await response;
  return JSON.parse(await text(answer)) as Answer; // safe: the server's answers
}

function* cut(bytes: Buffer, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** Random, with what looks like the end of a file here and there. */
function misleading(size: number): Buffer {
  const bytes = randomBytes(size);
  const pieces = [`\r\n--${boundary.slice(0, -1)}`, '\r\n--X-', '\r\n', '\r'];
  for (let start = 0; start + 99 < size; start += 1009) bytes.write(`${pieces[start % 4]}.`, start);
  return bytes;
}

describe('the memory of a piece', () => {
  it.each([700, 4999, 65_536])(
    'is free only when nothing needs it any more, in chunks of %i bytes',
    async (size) => {
      const { url, files } = await serveUploads({ maxBytes: 1e6, fields: ['before', 'after'] });
      const [before, after] = ['ä'.repeat(4000), 'b'.repeat(8000)];
      const bytes = misleading(600_000);
      const body = Buffer.concat([
        Buffer.from(part('form-data; name="before"', before)),
        Buffer.from(fileHead),
        bytes,
        Buffer.from('\r\n'),
        handmade(part('form-data; name="after"', after)),
      ]);
      const expected = { size: bytes.length, sha256: sha256(bytes) };
      const answer = await sendChunks(url, formHeaders, cut(body, size));
      expect(answer).toMatchObject(expected);
      // Not compared by a matcher, which would print them.
      expect([answer.fields?.before === before, answer.fields?.after === after]).toEqual([true, true]);
      expect(await sendChunks(url, plain, cut(bytes, size))).toMatchObject(expected);
      for (const { path } of files) expect(readFileSync(path).equals(bytes)).toBe(true);
    },
  );

  it('is left alone if somebody else listens', async () => {
    const { url, server } = await serveUploads({ maxBytes: 1e6 });
    const heard: Buffer[] = [];
    server.prependListener('request', (req) => {
      req.on('data', (piece: Buffer) => heard.push(piece)).pause();
    });
    const bytes = randomBytes(300_000);
    expect(await sendChunks(url, plain, cut(bytes, 10_000))).toMatchObject({ sha256: sha256(bytes) });
    expect(Buffer.concat(heard).equals(bytes)).toBe(true);
  });

  it('is left alone if it came from no connection', async () => {
    const { folder } = await serveUploads();
    const bytes = Buffer.from(new ArrayBuffer(5000));
    const req = Object.assign(new http.IncomingMessage(new Socket()), {
      headers: { ...plain, 'content-length': '5000' },
    });
    req.push(bytes);
    req.push(null);
    const received = await receiveUpload(req, { folder, maxBytes: 10_000, stallMs: 20_000 });
    expect([received.size, bytes.length]).toEqual([5000, 5000]);
  });

  // Of what is not collected yet, too. Without giving it back, this grows to what the collector lets gather.
  it.each(['bytes', 'a form'])('is used again: 24 MB of %s take little', async (kind) => {
    const { url } = await serveUploads({ maxBytes: 1e9 });
    const piece = randomBytes(65_536);
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    function* chunks() {
      if (kind === 'a form') yield fileHead;
      for (let sent = 0; sent < 24 * 2 ** 20; sent += piece.length) {
        yield piece;
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
      }
      if (kind === 'a form') yield `\r\n--${boundary}--\r\n`;
    }
    const answer = await sendChunks(url, kind === 'a form' ? formHeaders : plain, chunks());
    expect(answer.size).toBe(24 * 2 ** 20);
    expect(peak).toBeLessThan(4 * 2 ** 20);
  });
});

it('receives 200 files at once without having them in memory', async () => {
  const { url, files, server } = await serveUploads({ maxBytes: 1e9 });
  server.setMaxListeners(0);
  const each = 1024 * 1024;
  const piece = Buffer.alloc(65_536, 'x');
  const upload = async (index: number) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${index}"\r\n\r\n`;
    const tail = `\r\n--${boundary}--\r\n`;
    const isForm = index % 2 === 0;
    const request = http.request(url, {
      method: 'POST',
      agent: false,
      headers: isForm ? formHeaders : plain,
    });
    const response = once(request, 'response');
    if (isForm) request.write(head);
    for (let sent = 0; sent < each; sent += piece.length)
      if (!request.write(piece)) await once(request, 'drain');
    request.end(isForm ? tail : '');
    const [answer] = await response;
    answer.resume();
    return answer.statusCode;
  };
  const before = process.memoryUsage();
  let peak = 0;
  const watch = setInterval(() => {
    const { arrayBuffers } = process.memoryUsage();
    peak = Math.max(peak, arrayBuffers - before.arrayBuffers);
  }, 10);
  onTestFinished(() => clearInterval(watch));
  const codes = await Promise.all(Array.from({ length: 200 }, (_, index) => upload(index)));
  expect(new Set(codes)).toEqual(new Set([200]));
  expect(new Set(files.map(({ size }) => size))).toEqual(new Set([each]));
  // 200 MB were sent. Client and server have a few pieces each of every upload.
  expect(peak).toBeLessThan(100 * 1024 * 1024);
});
