import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { procedures } from '../../src/server/routers/procedures.ts';

const folder = fileURLToPath(new URL('../../dist/client/', import.meta.url));
const specifier = /\b(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]|<reference [a-z]+="([^"]+)"/g;

/** All files that one leads to, itself included, and all packages. */
function reach(entry: string, fileOf: (path: string) => string) {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    const text = readFileSync(folder + file, 'utf8');
    files.set(file, text);
    for (const [, from, reference] of text.matchAll(specifier)) {
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
  expect(packages).toEqual(['@trpc/client', '@trpc/server/observable', 'eventsource', 'ws']);
});

it('has types that name tRPC’s and nothing else', () => {
  const { files, packages } = reach('index.d.ts', (path) => path.replace(/\.ts$/, '.d.ts'));
  for (const file of files.keys()) expect(file).not.toMatch(/^\.\./);
  expect([...files.keys()]).toContain('api.d.ts');
  expect(packages).toEqual(['@trpc/client', '@trpc/server']);
});

it('has at most 600 bytes of declarations for each procedure, all told', () => {
  const { files } = reach('index.d.ts', (path) => path.replace(/\.ts$/, '.d.ts'));
  const bytes = [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const count = Object.keys(procedures).length;
  console.error(`declarations of the client: ${bytes} bytes, ${Math.round(bytes / count)} a procedure`);
  expect(bytes / count).toBeLessThanOrEqual(600);
});
