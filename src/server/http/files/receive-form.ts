import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import busboy from 'busboy';
import { AppError } from '../../core/errors.ts';
import { givePieceBack } from './give-back.ts';
import { type WrittenFile, writeIncoming } from './incoming-file.ts';
import { type Pace, takeBody } from './take-body.ts';

/** The part that is the file. */
const filePart = 'file';
/** Of the value of a text part. */
const maxFieldBytes = 8192;
/** What a form may have besides its file: boundaries, headers and text parts. */
export const maxFormOverhead = 64 * 1024;

/** Encodings of parts that leave bytes as they are. */
const plainEncodings = ['7bit', '8bit', 'binary'];

export interface FormOptions extends Pace {
  folder: string;
  maxBytes: number;
  /** Names of text parts that the form may have, once each. */
  fields: readonly string[];
  /** Whether text parts of other names are passed over, rather than refused. */
  ignoreOthers?: boolean;
  signal?: AbortSignal;
}

export interface ReceivedForm extends WrittenFile {
  /** As the client sent it. */
  name: string;
  claimedType: string;
  fields: Record<string, string>;
}

/** Receives a form (multipart/form-data) with one file. Rejects as `receiveUpload` does. */
export async function receiveForm(req: IncomingMessage, options: FormOptions): Promise<ReceivedForm> {
  const { folder, maxBytes, fields: allowed, ignoreOthers = false, signal } = options;
  const form = openForm(req);
  const refusal = new AbortController();
  const refuse = (error: unknown) => refusal.abort(error);
  const onAbort = () => refuse(signal?.reason);
  const refused = new Promise<never>((_, reject) => {
    refusal.signal.addEventListener('abort', () => reject(refusal.signal.reason));
  });
  refused.catch(() => {}); // awaited later, if at all
  const closed = new Promise<void>((resolve) => form.once('close', resolve));
  const fields: Record<string, string> = {};
  let saving: Promise<WrittenFile & { name: string; claimedType: string }> | undefined;
  let incoming: Incoming | undefined;

  form.on('file', (part, content, { filename, mimeType, encoding }) => {
    content.on('error', () => {}); // whoever reads it gets the error, too
    if (part !== filePart) return refuse(unknownPart(part));
    if (saving !== undefined) return refuse(invalid('send one file at a time'));
    if (!plainEncodings.includes(encoding)) return refuse(invalid('the part must not be encoded'));
    const copied = { content, bytes: 0, writing: Promise.resolve() };
    incoming = copied;
    saving = writeIncoming(folder, maxBytes, (write) => copy(copied, write)).then((written) => ({
      ...written,
      name: filename ?? '',
      claimedType: mimeType,
    }));
    saving.catch(refuse);
  });
  form.on('field', (part, value, { valueTruncated }) => {
    if (part === filePart) refuse(invalid(`the part "${filePart}" has no file name`));
    else if (!allowed.includes(part)) {
      if (!ignoreOthers) refuse(unknownPart(part));
    } else if (Object.hasOwn(fields, part)) refuse(invalid(`the part "${part}" occurs twice`));
    else if (valueTruncated) refuse(invalid(`the part "${part}" is too long`));
    else fields[part] = value;
  });
  form.on('error', (error) => refuse(invalid('the form is incomplete or malformed', error)));

  let left = maxBytes + maxFormOverhead;
  /** The piece before, if the file had begun by its end, and all that came of it has been copied. */
  let last: Buffer | undefined;
  async function take(piece: Buffer): Promise<void> {
    left -= piece.length;
    if (left < 0) throw new AppError('FILE_TOO_LARGE');
    const before = incoming?.bytes;
    // Calls back when the file's bytes have been taken. If the form fails, the signal ends the waiting.
    await new Promise<void>((resolve) => form.write(piece, () => resolve()));
    await incoming?.writing;
    // The form holds pieces of which it reads a text part. As the file has gone on, there is none of those behind it.
    if (last && incoming?.bytes !== before) givePieceBack(req, last);
    last = incoming?.content.readableLength === 0 ? piece : undefined;
  }
  try {
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    await takeBody(req, take, { ...options, signal: refusal.signal });
    form.end();
    await Promise.race([closed, refused]);
    const file = await saving;
    if (refusal.signal.aborted) await refused;
    // What browsers send for a field in which no file was chosen.
    if (!file || (file.size === 0 && file.name === '')) throw missing();
    return { ...file, name: decodedName(file.name), fields };
  } catch (error) {
    form.destroy();
    const file = await saving?.catch(() => undefined);
    if (file) await rm(file.path, { force: true });
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** For a request without a file. */
export const missing = () =>
  invalid(`the file is missing: send it as the part "${filePart}" of a form, or as the body`);

function openForm(req: IncomingMessage): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      // The file is counted where it is written: busboy takes one of exactly the limit for cut off.
      limits: { fieldSize: maxFieldBytes },
    });
  } catch (cause) {
    throw new AppError('WRONG_CONTENT_TYPE', {
      message: 'the content type of a form must name its boundary',
      cause,
    });
  }
}

/** The file of a form. */
interface Incoming {
  content: Readable;
  /** So many have been copied. */
  bytes: number;
  /** Resolves when more may come. */
  writing: Promise<void>;
}

/** Without pausing: the next piece of the form waits for `writing`. */
async function copy(incoming: Incoming, write: (piece: Buffer) => Promise<void>): Promise<void> {
  const { content } = incoming;
  content.on('data', (piece: Buffer) => {
    incoming.bytes += piece.length;
    incoming.writing = write(piece);
    incoming.writing.catch((error) => content.destroy(error));
  });
  await finished(content);
  await incoming.writing;
}

/** Browsers and Node encode these three characters of a name, and not the percent sign (HTML, multipart/form-data). */
const decodedName = (name: string) =>
  name.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n');

/** The name of a part is quoted as far as it is readable. */
const unknownPart = (part: string | undefined) =>
  invalid(`unknown part ${JSON.stringify((part ?? '').slice(0, 100))}`);

const invalid = (message: string, cause?: unknown) =>
  new AppError('INVALID_INPUT', { message, ...(cause !== undefined && { cause }) });
