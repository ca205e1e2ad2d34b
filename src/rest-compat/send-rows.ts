import type { ServerResponse } from 'node:http';
import { yieldIfBusy } from '../server/core/slices.ts';
import { sendText } from '../server/http/reply.ts';

/** A list that is read in slices while it is sent, as the body `{"<key>": [rows]}`. */
export class Rows {
  readonly key: string;
  readonly slices: AsyncIterable<unknown[]>;

  constructor(key: string, slices: AsyncIterable<unknown[]>) {
    this.key = key;
    this.slices = slices;
  }
}

const chunkLength = 64 * 1024;

/**
 * Responds with all rows. Short lists are sent with their length, long ones in chunks: rows are read only as fast as the
 * client reads, and no more once it has disconnected.
 */
export async function sendRows(response: ServerResponse, rows: Rows): Promise<void> {
  const chunks = chunksOf(rows);
  try {
    const first = await chunks.next();
    const second = await chunks.next();
    if (second.done) return sendText(response, 200, 'application/json', first.value ?? '');

    response.writeHead(200, [...(response.keptHeaders ?? []), 'content-type', 'application/json']);
    const isHead = response.req.method === 'HEAD';
    for (let next = first; !isHead && !next.done && !response.destroyed; ) {
      await write(response, next.value);
      next = next === first ? second : await chunks.next();
    }
    if (!response.destroyed) response.end();
  } finally {
    await chunks.return();
  }
}

/** The body in pieces that are a little longer than {@link chunkLength}. */
async function* chunksOf({ key, slices }: Rows): AsyncGenerator<string, void> {
  let chunk = `{${JSON.stringify(key)}:[`;
  let separator = '';
  for await (const slice of slices)
    for (const row of slice) {
      chunk += separator + JSON.stringify(row);
      separator = ',';
      if (chunk.length < chunkLength) continue;
      yield chunk;
      chunk = '';
      // Whoever reads fast lets no other work run in between.
      await yieldIfBusy();
    }
  yield `${chunk}]}`;
}

/** Resolves when more can be written, or the client has disconnected. */
function write(response: ServerResponse, chunk: string): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || response.write(chunk)) return resolve();
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
