import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A file in an archive. What it contains is asked for when it is its turn, so that one is open at a time. */
export interface ArchiveEntry {
  path: string;
  /** Undefined if it is missing after all: then the file is empty. */
  open(): Promise<Readable | undefined>;
  /** For what is compressed already. */
  isCompressed?: boolean;
}

interface Options {
  /** Of the entries. */
  at: Date;
  signal: AbortSignal;
}

/**
 * Writes a ZIP archive to a new file, which only this user can read. Nothing is in memory but what is under way, and compression runs
 * outside of the event loop.
 */
export async function writeArchive(
  path: string,
  entries: Iterable<ArchiveEntry>,
  { at, signal }: Options,
): Promise<void> {
  // Loaded only now, as few servers make one.
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  const failed = new AbortController();
  const fail = (error: unknown) => failed.abort(error);
  let current: Readable | undefined;
  let isOver = false;
  zip.on('error', fail);
  for (const { path, open, isCompressed = false } of entries)
    zip.addReadStreamLazy(path, { mtime: at, mode: 0o100600, compress: !isCompressed }, (done) => {
      open().then((content = Readable.from([])) => {
        current = content;
        // Nobody else listens, and it may fail for having been stopped when all is over.
        content.on('error', fail);
        if (isOver) content.destroy();
        else done(null, content);
      }, fail);
    });
  zip.end();
  try {
    await pipeline(zip.outputStream, createWriteStream(path, { mode: 0o600, flags: 'wx' }), {
      signal: AbortSignal.any([signal, failed.signal]),
    });
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    isOver = true;
    current?.destroy();
  }
}

/** One JSON document in each line. */
export const linesOf = (rows: AsyncIterable<object> | Iterable<object>): Readable =>
  Readable.from(toLines(rows));

async function* toLines(rows: AsyncIterable<object> | Iterable<object>): AsyncGenerator<string> {
  // In pieces of some size: a chunk for each line would cost more than the line.
  let piece = '';
  for await (const row of rows) {
    piece += `${JSON.stringify(row)}\n`;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
