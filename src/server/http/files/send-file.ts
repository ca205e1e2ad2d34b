import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import parseRange from 'range-parser';
import type { ByteRange } from '../../infra/files/file-storage.ts';
import { sendJson } from '../reply.ts';

/** A file to answer with. */
export interface SentFile {
  /** Bytes. */
  size: number;
  /** A strong entity tag, with its quotes. It differs for different bytes. */
  etag: string;
  mediaType: string;
  /** The value of Content-Disposition. */
  disposition: string;
  /** The value of Cache-Control. */
  cacheControl: string;
  /** Opens the bytes, or a range of them. Undefined if there are none (any more). The stream is read to its end or destroyed. */
  open(range?: ByteRange): Promise<Readable | undefined>;
  /** Additional headers: alternating names and values. They replace kept headers of the same name. */
  headers?: readonly string[];
}

/**
 * What a file may do when a browser shows it as a page of its own: nothing but be seen or heard. The styles and sources are those of
 * the pages that browsers make up to show a picture, sound or video in.
 */
const ownPage =
  "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";
/** It runs nothing, and its origin is none: should a browser take a file for HTML, it is still not one of our pages. */
const sandboxed = `${ownPage}; sandbox`;
/** Chromium and Safari show no PDF in a sandbox; Chromium shows one as an embedded object. Their viewers have no access to our origin. */
const forPdf = `${ownPage}; object-src 'self'`;

/**
 * Answers GET and HEAD with a file, a range of it, or that the client has it already (RFC 9110, 13 to 15). Of several ranges the whole
 * file is sent, as it may be. Resolves when the answer is complete or the client has left; to false, without an answer, if there are no
 * bytes. Rejects with what went wrong in opening or reading them: without an answer if nothing has been sent, and otherwise after the
 * connection has been destroyed, so that nobody takes what was sent for the whole.
 */
export async function sendFile(req: IncomingMessage, res: ServerResponse, file: SentFile): Promise<boolean> {
  const { size, etag } = file;
  // Also of 304, as caches update what they have with its headers.
  const always = [
    ...['ETag', etag, 'Cache-Control', file.cacheControl],
    ...['Content-Security-Policy', /^application\/pdf\b/i.test(file.mediaType) ? forPdf : sandboxed],
    ...['X-Content-Type-Options', 'nosniff'],
    // Clients of other origins show files, too. Whoever has the URL may read it: no cookie decides about that.
    ...['Cross-Origin-Resource-Policy', 'cross-origin'],
    ...(file.headers ?? []),
  ];
  if (hasCurrent(req, etag)) {
    respond(res, 304, always).end();
    return true;
  }
  const range = requestedRange(req, file);
  if (range === 'unsatisfiable') {
    sendJson(res, 416, { error: 'the range is not within the file' }, ['Content-Range', `bytes */${size}`]);
    return true;
  }
  const length = range ? range.end - range.start + 1 : size;
  const source = req.method === 'HEAD' || length === 0 ? null : await file.open(range);
  if (source === undefined) return false;
  if (res.destroyed) {
    source?.on('error', () => {}).destroy();
    return true;
  }
  respond(res, range ? 206 : 200, [
    ...always,
    ...['Content-Type', file.mediaType, 'Content-Length', String(length)],
    ...['Content-Disposition', file.disposition, 'Accept-Ranges', 'bytes'],
    ...(range ? ['Content-Range', `bytes ${range.start}-${range.end}/${size}`] : []),
  ]);
  if (source) await send(source, length, res);
  else res.end();
  return true;
}

/** Begins the answer. `headers` replace kept ones of the same name. */
function respond(res: ServerResponse, status: number, headers: string[]): ServerResponse {
  const { keptHeaders = [] } = res;
  const replaced = new Set(headers.map((name, index) => (index % 2 === 0 ? name.toLowerCase() : '')));
  const kept = keptHeaders.filter(
    (_, index) => !replaced.has((keptHeaders[index - (index % 2)] ?? '').toLowerCase()),
  );
  return res.writeHead(status, [...kept, ...headers]);
}

/** Compares weakly, as is right for what is only a question of being current. */
function hasCurrent({ headers }: IncomingMessage, etag: string): boolean {
  const given = headers['if-none-match'];
  if (given === undefined) return false;
  return given.trim() === '*' || given.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** Undefined for the whole file: also if the range is malformed, has another unit, or was to be of another version of the file. */
function requestedRange(
  { method, headers }: IncomingMessage,
  { size, etag }: SentFile,
): ByteRange | 'unsatisfiable' | undefined {
  const { range: given = '', 'if-range': version = etag } = headers;
  const isOfBytes = method === 'GET' && size > 0 && /^bytes=/i.test(given);
  if (!isOfBytes || version !== etag) return undefined;
  // range-parser refuses the last 500 bytes of a file that has fewer.
  const ranges = parseRange(
    size,
    given.replace(/=\s*-(\d+)\s*$/, (_, last) => `=-${Math.min(Number(last), size)}`),
  );
  if (ranges === -1) return 'unsatisfiable';
  if (ranges === -2 || ranges.length > 1) return undefined;
  return ranges[0];
}

/** Sends exactly `length` bytes, or destroys the connection. */
async function send(source: Readable, length: number, res: ServerResponse): Promise<void> {
  let left = length;
  const mismatch = () => new Error('the storage has another number of bytes than it should');
  // A stream: in a pipeline with a generator, Node 20 would not notice a client that leaves while the storage is silent.
  const exactly = new Transform({
    transform(chunk: Buffer, _, done) {
      left -= chunk.length;
      done(left < 0 ? mismatch() : null, chunk);
    },
    flush: (done) => done(left === 0 ? null : mismatch()),
  });
  let hasLeft = false;
  res.once('close', () => {
    const isCutOff = source.destroyed && !source.readableEnded;
    hasLeft = !source.errored && !exactly.errored && !isCutOff;
  });
  try {
    await pipeline(source, exactly, res);
  } catch (error) {
    if (!hasLeft) throw error;
  }
}
