import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress, gzip } from 'node:zlib';
import type { Request, Response } from 'express';

type Coding = 'br' | 'gzip' | 'identity';

const compress = promisify(gzip);
const decompress = promisify(brotliDecompress);

/** The files that a folder holds compressed, as `name.br`. */
export interface CompressedFiles {
  /** Answers with the file and these headers, in the best coding that the client takes. Returns false if there is no such file. */
  send(req: Request, res: Response, name: string, headers: Record<string, string>): Promise<boolean>;
}

/**
 * Most browsers take Brotli, and over plain HTTP only gzip. What others take is made when it is first asked for, and kept with
 * the rest, so that memory is bounded by the size of the folder.
 */
export function openCompressedFiles(folder: string): CompressedFiles {
  const kept = new Map<string, Promise<Buffer>>();

  async function make(name: string, coding: Coding): Promise<Buffer> {
    if (coding === 'br') return readFile(join(folder, `${name}.br`));
    const plain = await decompress(await load(name, 'br'));
    return coding === 'gzip' ? compress(plain, { level: 9 }) : plain;
  }

  function load(name: string, coding: Coding): Promise<Buffer> {
    const key = `${coding} ${name}`;
    let loading = kept.get(key);
    if (!loading) {
      loading = make(name, coding);
      kept.set(key, loading);
      loading.catch(() => kept.delete(key)); // nothing is kept of names that are not there
    }
    return loading;
  }

  return {
    async send(req, res, name, headers) {
      const coding = (['br', 'gzip'] as const).find((each) => req.acceptsEncodings(each)) ?? 'identity';
      const content = await load(name, coding).catch(() => undefined);
      if (!content) return false;
      if (coding !== 'identity') res.set('Content-Encoding', coding);
      res.set(headers).vary('Accept-Encoding').type(extname(name)).send(content);
      return true;
    },
  };
}
