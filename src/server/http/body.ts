import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AppError, type Reason } from '../core/errors.ts';
import { maxBodyBytes } from '../core/validation.ts';

/** What can be wrong with a body, whatever it is for. */
export const bodyFaults = {
  WRONG_CONTENT_TYPE: ['WRONG_CONTENT_TYPE', 'the content type must be application/json'],
  COMPRESSED: ['WRONG_CONTENT_TYPE', 'the body must not be compressed'],
  TOO_LARGE: ['TOO_LARGE', `the body is larger than ${maxBodyBytes / 1024} KB`],
  NOT_UTF8: ['INVALID_INPUT', 'the body is not valid UTF-8'],
  NOT_JSON: ['INVALID_INPUT', 'the body is not valid JSON'],
  NOT_AN_OBJECT: ['INVALID_INPUT', 'the body must be a JSON object'],
} as const satisfies Record<string, readonly [Reason, message: string]>;

export type BodyFault = keyof typeof bodyFaults;

/** A body that cannot be read. */
export class BodyError extends AppError {
  readonly fault: BodyFault;

  constructor(fault: BodyFault) {
    const [reason, message] = bodyFaults[fault];
    super(reason, { message });
    this.fault = fault;
  }
}

/** Parameters are ignored: JSON has no `charset` (RFC 8259, section 11), and some clients name one that they do not use. */
const jsonType = /^application\/(json|[^;\s]*\+json)\s*(;|$)/i;

/**
 * Calls back with the text of a body that is declared as JSON, or with what is wrong with it. Text that is not UTF-8 is
 * refused, as a lenient decoder would replace parts of it in silence. Nobody is called if the client disconnects before
 * its body is complete: there is nobody to answer.
 */
export function readBody(req: IncomingMessage, done: (body: string | BodyError) => void): void {
  const { headers } = req;
  const type = headers['content-type'] ?? '';
  if (type !== 'application/json' && !jsonType.test(type)) done(new BodyError('WRONG_CONTENT_TYPE'));
  // A parser of the program that Mirage is mounted in may have read, and decompressed, the body already.
  else if ('body' in req && req.body !== undefined) done(textOf(req.body));
  else if ((headers['content-encoding'] || 'identity').toLowerCase() !== 'identity')
    done(new BodyError('COMPRESSED'));
  else if (req.readableEnded) done('');
  else readBytes(req, (bytes) => done(bytes ? decode(bytes) : new BodyError('TOO_LARGE')));
}

/** As {@link readBody}, for a body that must be a JSON object. Throws a BodyError. */
export async function readJsonObject(req: IncomingMessage): Promise<Record<string, unknown>> {
  const body = await new Promise<string | BodyError>((resolve) => {
    readBody(req, resolve);
  });
  if (typeof body !== 'string') throw body;
  const value = parse(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BodyError('NOT_AN_OBJECT');
  return value as Record<string, unknown>; // safe: an object made by JSON.parse
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BodyError('NOT_JSON');
  }
}

function textOf(body: unknown): string | BodyError {
  if (typeof body === 'string') return withoutMark(body);
  return Buffer.isBuffer(body) ? decode(body) : JSON.stringify(body);
}

const decode = (bytes: Buffer) => (isUtf8(bytes) ? withoutMark(bytes.toString()) : new BodyError('NOT_UTF8'));

/** A byte order mark is no part of the JSON. */
const withoutMark = (text: string) => (text.startsWith('\uFEFF') ? text.slice(1) : text);

/** Calls back with undefined if there are more than {@link maxBodyBytes}. */
function readBytes(req: IncomingMessage, done: (bytes: Buffer | undefined) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBodyBytes) refuse();
    else chunks.push(chunk);
  };
  const onEnd = () => done(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
  function refuse() {
    // Discards the rest: closing the connection now could lose the answer.
    req.off('data', onData).off('end', onEnd).resume();
    done(undefined);
  }
  if (Number(req.headers['content-length']) > maxBodyBytes) refuse();
  else req.on('data', onData).once('end', onEnd);
}
