import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createMirageClient,
  type FileSource,
  isUnreachable,
  reasonOf,
  TRPCClientError,
} from '../../src/client/index.ts';
import { loadConfig } from '../../src/server/core/config.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { startLosingProxy } from '../support/losing-proxy.ts';
import { outcomes } from '../support/refusal.ts';

const content = Buffer.from('what is in the file, which is not long');

async function* inPieces(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 10) yield bytes.subarray(at, at + 10);
}

async function fileOnDisk() {
  const path = join(await temporaryFolder(), 'notes.txt');
  await writeFile(path, content);
  return createReadStream(path);
}

/** Every kind of file, with the name that it has by itself. */
const kinds: Record<string, () => FileSource | Promise<FileSource>> = {
  Buffer: () => content,
  'part of an array': () => new Uint8Array([0, ...content, 0]).subarray(1, -1),
  ArrayBuffer: () => new Uint8Array(content).buffer,
  Blob: () => new Blob([content]),
  'stream of Node': fileOnDisk,
  'async iterable': () => inPieces(content),
  'stream of the web': () => new Blob([content]).stream(),
};

async function setup(settings: Parameters<typeof startMirage>[0] = {}) {
  const mirage = await startMirage(settings);
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'den' });
  const stored = () => mirage.deps.db.file.count();
  const incoming = () => readdir(mirage.deps.files?.storage.incoming ?? '');
  return { mirage, ada, bob, roomId, stored, incoming };
}

/** A server that answers uploads in turn, and what it was sent. */
async function startStub(answers: [status: number, type: string, body: string][]) {
  const requests: { url: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (req, res) => {
    const body = (await buffer(req)).toString();
    const [status, type, answer] = answers[requests.length] ?? [500, 'text/plain', ''];
    requests.push({ url: req.url, headers: req.headers, body });
    res.writeHead(status, { 'content-type': type }).end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }; // safe: it listens on a port
}

const json = (status: number, body: object): [number, string, string] => [
  status,
  'application/json',
  JSON.stringify(body),
];
const uploaded = { id: 'x'.repeat(22), name: 'file', size: 1, mediaType: 'text/plain', hasPreview: false };
const page: [number, string, string] = [502, 'text/html', '<h1>Bad Gateway</h1>'];

const errorOf = (call: Promise<unknown>) => call.then(() => undefined).catch((error: unknown) => error);

describe('files.upload', () => {
  it.each(Object.keys(kinds))('sends a %s', async (kind) => {
    const { mirage, ada, bob, roomId } = await setup();
    await bob.client.chat.joinRoom.mutate({ name: 'den' });
    const file = (await kinds[kind]?.()) ?? '';
    const answer = await ada.client.files.upload(
      file as FileSource, // safe: one of the kinds
      { roomId },
      { name: 'notes.txt', mediaType: 'text/plain' },
    );
    expect(answer).toEqual({
      id: expect.any(String),
      name: 'notes.txt',
      size: content.length,
      mediaType: 'text/plain',
      hasPreview: false,
    });
    await ada.client.chat.sendMessage.mutate({ roomId, text: '', attachments: [answer.id] });
    const [message] = await bob.client.chat.listMessages.query({ roomId });
    const address = bob.client.files.url(message?.attachments?.[0]?.url ?? '');
    expect(address.startsWith(mirage.url)).toBe(true);
    expect(Buffer.from(await (await fetch(address)).arrayBuffer())).toEqual(content);
  });

  it('takes name and type from a File, and other ones if they are given', async () => {
    const { ada } = await setup();
    const file = new File([content], 'été "1" (\u{1f600})*\ud800.txt', { type: 'text/plain' });
    expect(await ada.client.files.upload(file, { recipient: 'bob' })).toMatchObject({
      name: 'été "1" (\u{1f600})*\ufffd.txt',
      mediaType: 'text/plain',
    });
    const facts = { name: 'table.csv', mediaType: 'text/csv' };
    expect(await ada.client.files.upload(file, { recipient: 'bob' }, facts)).toMatchObject(facts);
  });

  it('sends a file without bytes, name and type', async () => {
    const { ada, roomId } = await setup();
    expect(await ada.client.files.upload(new Uint8Array(), { roomId })).toMatchObject({
      name: 'file',
      size: 0,
      mediaType: 'application/octet-stream',
    });
  });

  it('tells how much has been sent, and of how much, if that is known', async () => {
    const { ada, roomId } = await setup();
    const large = Buffer.alloc(300_000, 'x');
    const progress = async (file: FileSource) => {
      const steps: [number, number | undefined][] = [];
      await ada.client.files.upload(file, { roomId }, { onProgress: (...step) => void steps.push(step) });
      return steps;
    };
    for (const file of [large, new Blob([large])]) {
      const steps = await progress(file);
      expect(steps.length).toBeGreaterThan(2);
      expect(steps.map(([sent]) => sent)).toEqual(steps.map(([sent]) => sent).sort((a, b) => a - b));
      expect(steps.at(-1)).toEqual([large.length, large.length]);
    }
    expect((await progress(inPieces(content))).at(-1)).toEqual([content.length, undefined]);
  });

  it('leaves nothing when it is aborted', async () => {
    const { ada, roomId, stored, incoming } = await setup();
    const abort = new AbortController();
    let isClosed = false;
    async function* endless() {
      try {
        yield Buffer.alloc(100_000);
        await expect.poll(incoming).toHaveLength(1);
        setImmediate(() => abort.abort(new Error('enough')));
        yield Buffer.alloc(1);
        await once(abort.signal, 'abort');
        yield Buffer.alloc(1);
      } finally {
        isClosed = true;
      }
    }
    const error = await errorOf(ada.client.files.upload(endless(), { roomId }, { signal: abort.signal }));
    expect(error).toBeInstanceOf(TRPCClientError);
    expect(error).toMatchObject({ cause: { message: 'enough' } });
    expect(isUnreachable(error)).toBe(false);
    await expect.poll(() => isClosed).toBe(true);
    await expect.poll(incoming).toEqual([]);
    expect(await stored()).toBe(0);
  });

  it('sends nothing when it was aborted before, or while it waits to try again', async () => {
    const { url, requests } = await startStub([
      json(503, { error: 'later', reason: 'UNAVAILABLE', retryAfterMs: 60_000 }),
    ]);
    const { files } = createMirageClient({ url });
    await expect(files.upload(content, { roomId: 1 }, { signal: AbortSignal.abort() })).rejects.toThrow(
      /abort/,
    );
    expect(requests).toHaveLength(0);
    const abort = new AbortController();
    const upload = errorOf(files.upload(content, { roomId: 1 }, { signal: abort.signal }));
    await expect.poll(() => requests).toHaveLength(1);
    abort.abort();
    expect(await upload).toMatchObject({ cause: { name: 'AbortError' } });
    expect(requests).toHaveLength(1);
  });

  it('rejects with what the stream rejects with', async () => {
    const { ada, roomId, stored, incoming } = await setup();
    async function* broken() {
      yield content;
      throw new Error('the disk is gone');
    }
    const error = await errorOf(ada.client.files.upload(broken(), { roomId }));
    expect(error).toMatchObject({ name: 'TRPCClientError', message: 'the disk is gone' });
    expect(isUnreachable(error)).toBe(false);
    await expect.poll(incoming).toEqual([]);
    expect(await stored()).toBe(0);
  });

  it('goes to the server that is mounted under a path', async () => {
    const { url, requests } = await startStub([json(201, uploaded), json(201, uploaded)]);
    for (const path of ['/chat', '/chat/'])
      await createMirageClient({ url: url + path }).files.upload(content, { recipient: 'b & c' });
    expect(requests.map(({ url }) => url)).toEqual(Array(2).fill('/chat/files?recipient=b+%26+c'));
  });
});

describe('an upload whose answer is lost', () => {
  it('is sent once more, and stored once', async () => {
    const { mirage, ada, roomId, stored } = await setup();
    let losses = 0;
    const proxy = await startLosingProxy({
      target: () => mirage.url,
      loses: () => (losses++ === 0 ? 'after' : undefined),
    });
    const { files } = createMirageClient({ url: proxy.url, token: ada.token });
    const answer = await files.upload(new Blob([content]), { roomId });
    expect(answer).toMatchObject({ size: content.length });
    expect(proxy.counts).toEqual({ requests: 2, lost: 1 });
    expect(await stored()).toBe(1);
  });

  it('is sent no more than twice', async () => {
    const { mirage, ada, roomId } = await setup();
    const proxy = await startLosingProxy({ target: () => mirage.url, loses: () => 'after' });
    const { files } = createMirageClient({ url: proxy.url, token: ada.token });
    expect(isUnreachable(await errorOf(files.upload(content, { roomId })))).toBe(true);
    expect(proxy.counts.requests).toBe(2);
  });

  it('is not sent again if it was a stream', async () => {
    const { mirage, ada, roomId } = await setup();
    const proxy = await startLosingProxy({ target: () => mirage.url, loses: () => 'after' });
    const { files } = createMirageClient({ url: proxy.url, token: ada.token });
    expect(isUnreachable(await errorOf(files.upload(inPieces(content), { roomId })))).toBe(true);
    expect(proxy.counts.requests).toBe(1);
  });

  it.each([
    ['server that is busy', json(503, { error: 'unavailable' })],
    ['server that found it too slow', json(408, { error: 'too slow', reason: 'TOO_SLOW' })],
    ['page of a gateway', page],
  ])('is sent once more after the answer of a %s', async (_, refusal) => {
    const { url, requests } = await startStub([refusal, json(201, uploaded)]);
    let asked = 0;
    const { files } = createMirageClient({ url, token: () => `token ${++asked}` });
    expect(await files.upload(content, { roomId: 1 })).toEqual(uploaded);
    const [first, second] = requests;
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    expect(first?.headers['idempotency-key']).toMatch(/^~\w{24}$/);
    expect(second?.body).toBe(content.toString());
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token 1',
      'Bearer token 2',
    ]);
  });
});

describe('a refused upload', () => {
  it('rejects as a refused call', async () => {
    const { files } = loadConfig({ MAX_FILE_SIZE: '1024' });
    const { mirage, ada, bob, roomId } = await setup({ files });
    const stranger = mirage.client().files;
    const large = Buffer.alloc(2000);
    expect(
      await outcomes([
        stranger.upload(content, { roomId }),
        bob.client.files.upload(content, { roomId }),
        ada.client.files.upload(large, { roomId }),
        ada.client.files.upload(large, { roomId }, { onProgress: () => {} }),
        ada.client.files.upload(inPieces(large), { roomId }),
        ada.client.files.upload(content, { recipient: 'nobody' }),
      ]),
    ).toEqual([
      'UNAUTHORIZED',
      'NOT_A_MEMBER',
      'FILE_TOO_LARGE',
      'FILE_TOO_LARGE',
      'FILE_TOO_LARGE',
      'RECIPIENT_NOT_FOUND',
    ]);
    const call = await errorOf(bob.client.chat.listMessages.query({ roomId }));
    const upload = await errorOf(bob.client.files.upload(content, { roomId }));
    if (!(call instanceof TRPCClientError) || !(upload instanceof TRPCClientError)) return expect.fail();
    const { path, ...data } = call.data;
    expect(upload.data).toEqual(data);
    expect([upload.message, upload.shape.code]).toEqual([call.message, call.shape.code]);
  });

  it('is not repeated, and tells what is wrong with the input', async () => {
    const issues = [{ path: 'roomId', message: 'no number' }];
    const { url, requests } = await startStub([
      json(400, { error: 'no number', reason: 'INVALID_INPUT', issues }),
      json(507, { error: 'full', reason: 'STORAGE_FULL' }),
    ]);
    const { files } = createMirageClient({ url });
    expect(await errorOf(files.upload(content, { roomId: 1 }))).toMatchObject({
      data: { reason: 'INVALID_INPUT', httpStatus: 400, code: 'BAD_REQUEST', issues },
    });
    expect(reasonOf(await errorOf(files.upload(content, { roomId: 1 })))).toBe('STORAGE_FULL');
    expect(requests).toHaveLength(2);
  });

  it('says that the file is too large also where a proxy refuses it', async () => {
    const { url, requests } = await startStub([[413, 'text/html', '<h1>Request Entity Too Large</h1>']]);
    expect(await outcomes([createMirageClient({ url }).files.upload(content, { roomId: 1 })])).toEqual([
      'FILE_TOO_LARGE',
    ]);
    expect(requests).toHaveLength(1);
  });
});

it('files.url resolves paths against the address of the server, and leaves whole addresses', () => {
  const { files, connection } = createMirageClient({ url: 'https://example.org/chat' });
  expect(files.url('/chat/files/x/a.txt?expires=1')).toBe('https://example.org/chat/files/x/a.txt?expires=1');
  expect(files.url('https://files.example/x')).toBe('https://files.example/x');
  expect(connection.state).toBe('idle');
});
