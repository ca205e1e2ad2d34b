import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { parse } from 'content-disposition';
import { AppError } from '../../core/errors.ts';
import { cleanFileName } from '../../core/file-names.ts';
import { essenceOf } from '../../infra/files/media-type.ts';
import type { ReceivedFile } from '../../services/files/store-upload.ts';
import { BodyError } from '../body.ts';
import { discardRest } from './discard-rest.ts';
import { sendContinue } from './expect-continue.ts';
import { givePieceBack } from './give-back.ts';
import { writeIncoming } from './incoming-file.ts';
import { maxFormOverhead, missing, receiveForm } from './receive-form.ts';
import { type Pace, takeBody } from './take-body.ts';

/** Slower is of no use to anybody, and each upload takes a connection. */
const defaultMinBytesPerSecond = 4096;

export interface UploadOptions {
  /** Where the file is put, under a random name. */
  folder: string;
  /** Of the file. */
  maxBytes: number;
  /** A client that sends nothing for so long is cut off, in milliseconds. */
  stallMs: number;
  /** A client that is slower on average over `stallMs` is cut off. 4,096 by default. */
  minBytesPerSecond?: number;
  /** Ends the upload, with its reason. */
  signal?: AbortSignal;
  /** Names of text parts that a form may have besides the file, once each. None by default. */
  fields?: readonly string[];
  /** Whether text parts of other names are passed over, rather than refused. False by default. */
  ignoreOthers?: boolean;
}

/** A complete file, which belongs to the caller. Its name is 'file' if the client sent none. */
export interface ReceivedUpload extends ReceivedFile {
  /** The text parts of the form. */
  fields: Record<string, string>;
}

/**
 * Receives one upload into a new file, without ever having all of it in memory: a form (multipart/form-data) with one part `file`, or the
 * bytes themselves with their Content-Type and, for the name, Content-Disposition (RFC 6266). A client that waits for it is told to go on
 * (`Expect: 100-continue`) once nothing speaks against the upload.
 *
 * If it rejects, there is no file, and the request is to be answered: what still comes of its body is discarded. Rejects with
 * 'FILE_TOO_LARGE', 'WRONG_CONTENT_TYPE', 'INVALID_INPUT', 'TOO_SLOW', 'STORAGE_FULL', 'ABORTED' if the client has disconnected, the reason of
 * the signal, or an unexpected error of the file system.
 */
export async function receiveUpload(req: IncomingMessage, options: UploadOptions): Promise<ReceivedUpload> {
  const settings = { minBytesPerSecond: defaultMinBytesPerSecond, fields: [], ...options };
  try {
    const type = essenceOf(req.headers['content-type']);
    refuseByHeaders(req, type, options.maxBytes);
    sendContinue(req);
    const received = type === formType ? await receiveForm(req, settings) : await receiveBytes(req, settings);
    return {
      ...received,
      name: cleanFileName(received.name),
      claimedType: essenceOf(received.claimedType),
    };
  } catch (error) {
    discardRest(req);
    throw error;
  }
}

const formType = 'multipart/form-data';

function refuseByHeaders(req: IncomingMessage, type: string, maxBytes: number): void {
  const { headers } = req;
  if ((headers['content-encoding'] || 'identity').toLowerCase() !== 'identity')
    throw new BodyError('COMPRESSED');
  const isForm = type === formType;
  // The latter is what curl and others send for a body unless they are told otherwise.
  if ((type.startsWith('multipart/') && !isForm) || type === 'application/x-www-form-urlencoded')
    throw new AppError('WRONG_CONTENT_TYPE', {
      message: `send the file as ${formType}, or its bytes with their own content type`,
    });
  const length = Number(headers['content-length'] ?? 0);
  if (length > maxBytes + (isForm ? maxFormOverhead : 0)) throw new AppError('FILE_TOO_LARGE');
  const isEmpty = length === 0 && headers['transfer-encoding'] === undefined;
  if (isEmpty && headers['content-type'] === undefined) throw missing();
  if (!isEmpty && req.readableEnded)
    throw new AppError('INVALID_INPUT', { message: 'the body has been read already' });
}

async function receiveBytes(
  req: IncomingMessage,
  { folder, maxBytes, ...pace }: Pace & { folder: string; maxBytes: number; signal?: AbortSignal },
) {
  const written = await writeIncoming(folder, maxBytes, (write) => {
    const take = (piece: Buffer) => write(piece).then(() => givePieceBack(req, piece));
    return takeBody(req, take, pace);
  });
  const { 'content-disposition': disposition, 'content-type': claimedType = '' } = req.headers;
  return { ...written, name: nameIn(disposition), claimedType, fields: {} };
}

/** The name is '' if there is none. Node reads headers as Latin-1, and some clients send UTF-8 in plain names. */
function nameIn(disposition = ''): string {
  const bytes = Buffer.from(disposition, 'latin1');
  return parse(isUtf8(bytes) ? bytes.toString() : disposition).parameters.filename ?? '';
}
