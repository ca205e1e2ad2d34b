import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What is loaded before anything is used. */
async function sizeOf(contents: string): Promise<number> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['react'],
    write: false,
    splitting: true,
    metafile: true,
    outdir: '.',
    absWorkingDir: root,
    logLevel: 'silent',
  });
  const loaded = new Set(['stdin.js']);
  for (const name of loaded)
    for (const { path, kind } of metafile.outputs[name]?.imports ?? [])
      if (kind === 'import-statement') loaded.add(path);
  const parts = outputFiles.filter(({ path }) => loaded.has(path.slice(root.length)));
  return gzipSync(parts.map(({ text }) => text).join('\n'), { level: 9 }).length;
}

const client = "export { createMirageClient } from './src/client/web.ts';";
const chat = "export { createChat } from './src/client/chat/index.ts';";

it('adds at most 18.7 KB to a program that has the client', async () => {
  const bytes = (await sizeOf(client + chat)) - (await sizeOf(client));
  console.error(`mirage/chat beside the client: ${bytes} bytes`);
  expect(bytes).toBeGreaterThan(5000);
  expect(bytes).toBeLessThanOrEqual(18_700);
});

it('takes at most 2.5 KB for a storage in IndexedDB', async () => {
  const storage = "export * from './src/client/idb/index.ts';";
  const bytes = (await sizeOf(client + chat + storage)) - (await sizeOf(client + chat));
  console.error(`mirage/idb beside mirage/chat: ${bytes} bytes`);
  expect(bytes).toBeGreaterThan(500);
  expect(bytes).toBeLessThanOrEqual(2500);
});

it('takes at most 2 KB for all hooks of React', async () => {
  const hooks = "export * from './src/client/react/index.ts';";
  const bytes = (await sizeOf(client + chat + hooks)) - (await sizeOf(client + chat));
  console.error(`mirage/react beside mirage/chat: ${bytes} bytes`);
  expect(bytes).toBeGreaterThan(500);
  expect(bytes).toBeLessThanOrEqual(2000);
});
