import { open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';

/** The page of the web client, kept in memory. */
export interface FrontPage {
  /** Answers with the page. Returns false where it is not at hand. */
  send(res: ServerResponse): boolean;
}

interface Kept {
  body: Buffer;
  /** What Express would say of the file: alternating names and values. */
  headers: string[];
  readAt: number;
}

/** The file may be replaced while the server runs, and is read again after this. */
const keptMs = 1000;

/** `headers` are those that Mirage adds: they replace kept ones of the same name. */
export function createFrontPage(folder: string, headers: Readonly<Record<string, string>>): FrontPage {
  const path = join(folder, 'index.html');
  let kept: Kept | undefined;
  let isReading = false;

  async function read(): Promise<void> {
    isReading = true;
    kept = await readPage(path).catch(() => undefined); // it may not have been built
    isReading = false;
  }

  return {
    send(res) {
      if (!kept || performance.now() - kept.readAt > keptMs) {
        if (!isReading) void read();
        return false;
      }
      res.writeHead(200, [...merged(res.keptHeaders ?? [], headers), ...kept.headers]).end(kept.body);
      return true;
    },
  };
}

async function readPage(path: string): Promise<Kept> {
  const readAt = performance.now();
  const file = await open(path);
  try {
    const { size, mtime } = await file.stat();
    const body = await file.readFile();
    const tag = `W/"${size.toString(16)}-${mtime.getTime().toString(16)}"`;
    return {
      body,
      headers: [
        ...['Accept-Ranges', 'bytes'],
        ...['Last-Modified', mtime.toUTCString()],
        ...['ETag', tag],
        ...['Content-Type', 'text/html; charset=utf-8'],
        ...['Content-Length', String(body.length)],
      ],
      readAt,
    };
  } finally {
    await file.close();
  }
}

/** The kept headers, each with its value among the others if it is there, and then the others that are left. */
function merged(kept: readonly string[], others: Readonly<Record<string, string>>): string[] {
  const left = new Map(Object.entries(others));
  const headers: string[] = [];
  for (let index = 0; index < kept.length; index += 2) {
    const name = kept[index] ?? '';
    headers.push(name, left.get(name) ?? kept[index + 1] ?? '');
    left.delete(name);
  }
  for (const [name, value] of left) headers.push(name, value);
  return headers;
}
