import { UnreachableError } from '../errors.ts';
import type { Answer } from './answer.ts';
import type { Sending } from './sending.ts';
import { isWhole, type Source } from './source.ts';

/** Sends a file with `XMLHttpRequest`: browsers and React Native tell nothing else how far an upload is. */
export async function sendByRequest(
  { body }: Source,
  { url, headers, onProgress, signal }: Sending,
): Promise<Answer> {
  // It takes no streams.
  const whole = isWhole(body) ? body : await collect(body);
  const size = whole instanceof Blob ? whole.size : whole.length;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    // Requests to other origins with this listener are announced to the server first, which those with our headers are anyway.
    if (onProgress) request.upload.onprogress = ({ loaded }) => onProgress(loaded, size);
    request.onload = () => resolve({ status: request.status, body: request.responseText });
    request.onerror = () => reject(new UnreachableError(undefined));
    request.onabort = () => reject(signal?.reason);
    request.onloadend = () => signal?.removeEventListener('abort', stop);
    signal?.addEventListener('abort', stop);
    request.send(whole);
    if (signal?.aborted) stop();
  });
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of stream) pieces.push(piece as Uint8Array<ArrayBuffer>); // safe: blobs copy them
  return new Blob(pieces);
}
