import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { directRouter } from '../../src/server/api/direct/direct-router.ts';

const folder = fileURLToPath(new URL('../../dist/client/', import.meta.url));
const specifier = /\b(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]|<reference [a-z]+="([^"]+)"/g;
/** tRPC's show how to import it. */
const comment = /\/\*.*?\*\//gs;
/** What the build has copied. */
const isOfTrpc = (file: string) => file.startsWith('trpc/');

/** All files that one leads to, itself included, and all packages. */
function reach(entry: string, fileOf: (path: string) => string) {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    const text = readFileSync(folder + file, 'utf8');
    files.set(file, text);
    for (const [, from, reference] of text.replaceAll(comment, '').matchAll(specifier)) {
      const name = from ?? `reference ${reference}`;
      if (name.startsWith('.')) visit(fileOf(posix.join(posix.dirname(file), name)));
      else packages.add(name);
    }
  };
  visit(entry);
  return { files, packages: [...packages].sort() };
}

it('runs without any part of the server', () => {
  const { files, packages } = reach('index.js', (path) => path);
  for (const file of files.keys()) expect(file).not.toMatch(/^\.\./);
  expect(files.size).toBeGreaterThan(4);
  expect(packages).toEqual(['eventsource-parser', 'ws']);
});

it('needs no package `ws` outside of Node, which bundlers for browsers and React Native cannot resolve', () => {
  const { exports } = JSON.parse(readFileSync(`${folder}../../package.json`, 'utf8'));
  expect(exports['./client']).toEqual({
    types: './dist/client/index.d.ts',
    node: './dist/client/index.js',
    default: './dist/client/web.js',
  });
  const { packages } = reach('web.js', (path) => path);
  expect(packages).toEqual(['eventsource-parser']);
});

it('exports the same for Node and for all others', async () => {
  const [node, web] = await Promise.all(
    ['index', 'web'].map((name) => import(`../../dist/client/${name}.js`) as Promise<object>),
  );
  expect(Object.keys(web ?? {}).sort()).toEqual(Object.keys(node ?? {}).sort());
});

it('has an entry for chats that runs without a connection of its own, and without any package', () => {
  const { files, packages } = reach('chat/index.js', (path) => path);
  for (const file of files.keys()) expect(file).not.toMatch(/^\.\.|^trpc|create-client/);
  expect(files.size).toBeGreaterThan(10);
  expect(packages).toEqual([]);
});

it('has an entry for React that needs React alone, and of chats nothing that runs', () => {
  const { files, packages } = reach('react/index.js', (path) => path);
  expect([...files.keys()].filter((file) => !file.startsWith('react/'))).toEqual(['chat/empty.js']);
  expect(packages).toEqual(['react']);
});

it('has an entry for IndexedDB that needs one package', () => {
  const { files, packages } = reach('idb/index.js', (path) => path);
  expect([...files.keys()]).toEqual(['idb/index.js']);
  expect(packages).toEqual(['idb']);
});

/** A declaration is imported by the name of its program. */
const declarationOf = (path: string) => path.replace(/\.[jt]s$/, '.d.ts');

it('has types that name no package', () => {
  const { files, packages } = reach('index.d.ts', declarationOf);
  for (const file of files.keys()) expect(file).not.toMatch(/^\.\./);
  expect([...files.keys()]).toContain('api.d.ts');
  expect([...files.keys()].filter(isOfTrpc).length).toBeGreaterThan(4);
  expect(packages).toEqual([]);
});

it('has at most 600 bytes of declarations per procedure on average, besides those of tRPC', () => {
  const { files } = reach('index.d.ts', declarationOf);
  const own = [...files].filter(([file]) => !isOfTrpc(file));
  const bytes = own.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
  const count = directRouter.paths().length;
  console.error(`declarations of the client: ${bytes} bytes, ${Math.round(bytes / count)} a procedure`);
  expect(bytes / count).toBeLessThanOrEqual(600);
});
