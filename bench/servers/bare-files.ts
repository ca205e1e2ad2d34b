/** The lower bound: node:http that writes, hashes and syncs a body under a new name, or pipes the last one back. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { options, serve } from '../lib/child.ts';
import { listen } from '../lib/listen.ts';
import { memoryWatch } from '../lib/memory-watch.ts';

const { folder } = options<{ folder: string }>();
await mkdir(folder, { recursive: true });
let made: string[] = [];

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash('sha256');
  const [partial, path] = [join(folder, `${randomUUID()}.partial`), join(folder, randomUUID())];
  const hashing = new Transform({
    transform(piece: Buffer, _, done) {
      hash.update(piece);
      done(null, piece);
    },
  });
  await pipeline(request, hashing, createWriteStream(partial, { flush: true }));
  await rename(partial, path);
  const parent = await open(folder);
  await parent.sync();
  await parent.close();
  made.push(path);
  response.writeHead(201).end(JSON.stringify({ sha256: hash.digest('hex') }));
}

async function give(response: ServerResponse): Promise<void> {
  const path = made.at(-1) ?? '';
  response.setHeader('content-length', (await stat(path)).size);
  await pipeline(createReadStream(path), response);
}

const server = createServer((request, response) => {
  if (request.method === 'POST')
    take(request, response).catch(() => response.destroy()); // cut off
  else void give(response);
});

serve(
  {
    ...memoryWatch(),
    /** All but the last. */
    async discardFiles() {
      const [last = ''] = made.slice(-1);
      for (const path of made.slice(0, -1)) await rm(path);
      made = [last];
    },
  },
  { port: await listen(server) },
);
