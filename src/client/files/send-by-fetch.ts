import { unreachable } from '../fetch-json.ts';
import type { Answer } from './answer.ts';
import type { Sending } from './sending.ts';
import { isWhole, type Source } from './source.ts';

/** Progress is reported at least this often, in bytes. */
const pieceBytes = 64 * 1024;

/** Sends a file where there is no `XMLHttpRequest`, as in Node. */
export async function sendByFetch(
  source: Source,
  { url, headers, onProgress, signal }: Sending,
): Promise<Answer> {
  const { size } = source;
  const pieces = piecesOf(source.body);
  let sent = 0;
  let failure: { cause: unknown } | undefined;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await pieces.next();
        if (done) return controller.close();
        controller.enqueue(value);
        sent += value.length;
        onProgress?.(sent, size);
      } catch (cause) {
        failure = { cause };
        controller.error(cause);
      }
    },
    async cancel() {
      await pieces.return?.();
    },
  });
  const init = {
    method: 'POST',
    // Node sends the length of a stream only if it is told.
    headers: { ...headers, ...(size !== undefined && { 'content-length': String(size) }) },
    // Not every runtime can send a stream.
    ...(isWhole(source.body) && !onProgress ? { body: source.body } : { body: stream, duplex: 'half' }),
    ...(signal && { signal }),
  };
  try {
    const response = await fetch(url, init as RequestInit); // safe: browsers' type of it has no `duplex` yet
    return { status: response.status, body: await response.text() };
  } catch (cause) {
    // What the stream of the caller throws says nothing about the server.
    throw failure && !signal?.aborted ? failure.cause : unreachable(cause, signal);
  }
}

const piecesOf = (body: Source['body']): AsyncIterator<Uint8Array> =>
  isWhole(body) ? slices(body) : body[Symbol.asyncIterator]();

async function* slices(body: Blob | Uint8Array): AsyncGenerator<Uint8Array> {
  const size = body instanceof Blob ? body.size : body.length;
  for (let at = 0; at < size; at += pieceBytes) {
    const slice = body instanceof Blob ? body.slice(at, at + pieceBytes) : body.subarray(at, at + pieceBytes);
    yield slice instanceof Blob ? new Uint8Array(await slice.arrayBuffer()) : slice;
  }
}
