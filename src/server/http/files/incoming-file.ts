import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { AppError } from '../../core/errors.ts';
import { headBytes } from '../../infra/files/media-type.ts';
import { refuseIfFull } from '../../infra/files/system-errors.ts';
import { giveBack } from './give-back.ts';

/** Bytes that are written at a time. More than `headBytes`. */
const blockBytes = 128 * 1024;

/** As many blocks may be waiting for the disk before the client has to. */
const maxUnwritten = 2;

/** What is known of a file once all of it has arrived. */
export interface WrittenFile {
  path: string;
  /** Bytes. */
  size: number;
  /** Hexadecimal. */
  sha256: string;
  /** The first 4,100 bytes. */
  head: Buffer;
}

/**
 * Writes pieces into a new file, which only this user can read. `write` has copied its piece when it returns, and resolves when the
 * next one may come; `writeAll` has to wait for the last, too. If anything goes wrong, or the pieces end with an error, the file is
 * removed. Throws 'FILE_TOO_LARGE' and 'STORAGE_FULL'.
 */
export async function writeIncoming(
  folder: string,
  maxBytes: number,
  writeAll: (write: (piece: Buffer) => Promise<void>) => Promise<void>,
): Promise<WrittenFile> {
  const path = join(folder, randomUUID());
  const hash = createHash('sha256');
  const free: Buffer[] = [];
  let block: Buffer = Buffer.allocUnsafeSlow(blockBytes);
  let used = 0;
  let head: Buffer | undefined;
  let size = 0;
  const file = createWriteStream(path, {
    flags: 'wx',
    mode: 0o600,
    highWaterMark: maxUnwritten * blockBytes,
  });
  file.on('error', () => {}); // whoever writes next gets it

  function add(piece: Buffer): void {
    // Each piece in its own turn of the event loop, and not whole blocks, which are twice as large.
    hash.update(piece);
    for (let start = 0; start < piece.length; ) {
      const copied = piece.copy(block, used, start);
      start += copied;
      used += copied;
      if (used < blockBytes) return;
      writeBlock();
      block = free.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
      used = 0;
    }
  }

  function writeBlock(): void {
    const full = block;
    const bytes = full.subarray(0, used);
    head ??= Buffer.from(bytes.subarray(0, headBytes));
    file.write(bytes, (error) => error || free.push(full));
  }

  try {
    await once(file, 'open').catch(refuseIfFull);
    await writeAll(async (piece) => {
      size += piece.length;
      if (size > maxBytes) throw new AppError('FILE_TOO_LARGE');
      add(piece);
      if (file.errored) refuseIfFull(file.errored);
      if (file.writableNeedDrain) await once(file, 'drain').catch(refuseIfFull);
    });
    if (used > 0) writeBlock();
    // Some file systems report only now that there is no room.
    await finished(file.end()).catch(refuseIfFull);
  } catch (error) {
    await finished(file.destroy()).catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
  free.forEach(giveBack);
  return { path, size, sha256: hash.digest('hex'), head: head ?? Buffer.alloc(0) };
}
