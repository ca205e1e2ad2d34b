/** Callers that upload and download files. */
import { randomBytes } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import { Agent, type ClientRequest, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../lib/child.ts';

interface Upload {
  port: number;
  path: string;
  token?: string;
  /** Of the file. */
  bytes: number;
  /** As a form (multipart/form-data), rather than as it is. */
  asForm?: boolean;
  /** How many at a time. */
  parallel: number;
}

const agent = new Agent({ keepAlive: true });

/** The same for all but for the first bytes, as equal files would be stored once. */
let content = Buffer.alloc(0);
let number = 0;

function prepare(bytes: number): void {
  if (content.length !== bytes) content = randomBytes(bytes);
}

/** As long as browsers make it: the longer, the faster it is searched for. */
const boundary = '----WebKitFormBoundary7MA4YWxkTrZu0gW';
const formHead = Buffer.from(
  `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="bench.bin"\r\n\r\n`,
);
const formEnd = Buffer.from(`\r\n--${boundary}--\r\n`);

function* formOf(bytes: number): Generator<Buffer> {
  yield formHead;
  yield* piecesOf(bytes);
  yield formEnd;
}

function* piecesOf(bytes: number): Generator<Buffer> {
  const head = Buffer.alloc(16);
  number += 1;
  head.writeUInt32BE(process.pid, 0);
  head.writeUInt32BE(number, 4);
  yield head;
  const size = 64 * 1024;
  for (let start = head.length; start < bytes; start += size)
    yield content.subarray(start, Math.min(start + size, bytes));
}

/** After this, uploads that were told to begin are under way. */
const underWayMs = 1500;

interface Pace {
  /** No faster than that. */
  bytesPerSecond?: number | undefined;
  signal?: AbortSignal;
}

async function uploadOne(upload: Upload, { bytesPerSecond, signal }: Pace = {}): Promise<string> {
  const { port, path, token, bytes, asForm = false } = upload;
  const headers = {
    ...(asForm
      ? {
          'content-length': formHead.length + bytes + formEnd.length,
          'content-type': `multipart/form-data; boundary=${boundary}`,
        }
      : {
          'content-length': bytes,
          'content-type': 'application/octet-stream',
          'content-disposition': 'attachment; filename="bench.bin"',
        }),
    ...(token !== undefined && { authorization: token }),
  };
  const sending = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path,
    agent,
    headers,
    ...(signal && { signal }),
  });
  const answered = answerOf(sending);
  answered.catch(() => {}); // it may fail while the rest is being sent
  const startedAt = performance.now();
  let sent = 0;
  for (const piece of asForm ? formOf(bytes) : piecesOf(bytes)) {
    if (!sending.write(piece)) await once(sending, 'drain', { signal });
    sent += piece.length;
    if (bytesPerSecond === undefined) continue;
    const early = (sent / bytesPerSecond) * 1000 - (performance.now() - startedAt);
    if (early > 1) await sleep(early, undefined, { signal });
  }
  sending.end();
  const { status, text } = await answered;
  if (status !== 201) throw new Error(`answered ${status} ${text}`);
  return text;
}

const answerOf = (sending: ClientRequest) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    sending.once('error', reject);
    sending.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    });
  });

function download(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, agent }, (response) => {
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
      });
      response.once('end', () => {
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`answered ${response.statusCode}`));
      });
    })
      .once('error', reject)
      .end();
  });
}

const perSecond = (bytes: number, startedAt: number) =>
  bytes / 2 ** 20 / ((performance.now() - startedAt) / 1000);

let stopping = new AbortController();
let uploading: Promise<unknown> = Promise.resolve();

serve({
  /** Uploads so many, and gives the last answer and MB/s. */
  async upload({ count, ...upload }: Upload & { count: number }) {
    prepare(upload.bytes);
    let left = count;
    let last = '';
    const startedAt = performance.now();
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        last = await uploadOne(upload);
      }
    };
    await Promise.all(Array.from({ length: upload.parallel }, lane));
    return { last, rate: perSecond(count * upload.bytes, startedAt) };
  },

  /** Downloads one file so often, and gives MB/s. */
  async download({ port, path, count }: { port: number; path: string; count: number }) {
    const startedAt = performance.now();
    let bytes = 0;
    for (let times = 0; times < count; times += 1) bytes += await download(port, path);
    return { rate: perSecond(bytes, startedAt) };
  },

  /**
   * Uploads one after the other in each lane until `stopUploading`. Lanes are at different places, as people are: their first files are
   * parts of one, and they begin at different times. Resolves when all are under way.
   */
  async startUploading({ bytesPerSecond, ...upload }: Upload & { bytesPerSecond?: number }) {
    prepare(upload.bytes);
    stopping = new AbortController();
    const { signal } = stopping;
    setMaxListeners(0, signal);
    const lane = async (_: unknown, index: number) => {
      const part = (index + 1) / upload.parallel;
      await sleep(part * 100, undefined, { signal });
      await uploadOne({ ...upload, bytes: Math.ceil(upload.bytes * part) }, { bytesPerSecond, signal });
      for (;;) await uploadOne(upload, { bytesPerSecond, signal });
    };
    uploading = Promise.all(Array.from({ length: upload.parallel }, lane));
    uploading.catch(() => {}); // `stopUploading` gives the error
    await sleep(underWayMs);
  },

  /** Cuts off what is under way. */
  async stopUploading() {
    stopping.abort();
    await uploading.catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  },
});
