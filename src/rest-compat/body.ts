import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { maxBodyBytes } from '../server/text.ts';
import type { LegacyError } from './route.ts';

/** What can be wrong with a body before any field of it is looked at. */
export const bodyErrors = {
  WRONG_CONTENT_TYPE: [415, 'the content type must be application/json'],
  COMPRESSED: [415, 'the body must not be compressed'],
  TOO_LARGE: [413, `the body is larger than ${maxBodyBytes / 1024} KB`],
  NOT_UTF8: [400, 'the body is not valid UTF-8'],
  NOT_JSON: [400, 'the body is not valid JSON'],
  NOT_AN_OBJECT: [400, 'the body must be a JSON object'],
} as const satisfies Record<string, LegacyError>;

/** A body that cannot be read; carries the reply. */
export class BodyError extends Error {
  readonly reply: LegacyError;

  constructor(fault: keyof typeof bodyErrors) {
    super(bodyErrors[fault][1]);
    this.reply = bodyErrors[fault];
  }
}

/** The caller hung up: there is nobody left to reply to. */
export class Aborted extends Error {}

const jsonType = /^application\/(json|[^;\s]*\+json)\s*(;|$)/i;

/** The body as a JSON object. Throws a BodyError for anything else. */
export async function readJsonObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (!jsonType.test(request.headers['content-type'] ?? '')) throw new BodyError('WRONG_CONTENT_TYPE');
  if ((request.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    throw new BodyError('COMPRESSED');
  // A program that Mirage is mounted in may have read it already.
  const read = 'body' in request ? request.body : undefined;
  const isRaw = typeof read === 'string' || Buffer.isBuffer(read);
  const body = isRaw ? parse(Buffer.from(read)) : read === undefined ? parse(await readBytes(request)) : read;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new BodyError('NOT_AN_OBJECT');
  return body as Record<string, unknown>; // safe: an object that JSON.parse made
}

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new BodyError('NOT_UTF8');
  const text = bytes.toString();
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    throw new BodyError('NOT_JSON');
  }
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => {
      request.removeAllListeners('data');
      // What is still on its way is read and thrown away: a closed connection could cost the caller our reply.
      request.resume();
      reject(new BodyError('TOO_LARGE'));
    };
    if (Number(request.headers['content-length']) > maxBodyBytes) return tooLarge();

    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodyBytes) tooLarge();
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    // Every request closes in the end: an error with its stack is only made for one that was broken off.
    const abort = () => {
      if (!request.readableEnded) reject(new Aborted());
    };
    request.once('close', abort);
    request.once('error', abort);
  });
}
