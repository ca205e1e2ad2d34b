import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { startBuilt } from './support/mirage.ts';

const maxBytes = 150_000;

it('needs no more than 150 KB of JavaScript to begin with', async () => {
  const { url } = await startBuilt();
  const page = await (await fetch(url)).text();
  const scripts = [...page.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map(([, path = '']) => path);
  expect(scripts.length).toBeGreaterThan(0);
  let bytes = 0;
  for (const path of scripts) {
    const response = await fetch(url + path);
    expect(response.headers.get('cache-control')).toContain('immutable');
    const source = await response.text();
    // What it imports at once is named in the page, too; the rest is imported when it is needed.
    for (const [, name = ''] of source.matchAll(/(?:^|[;}])import(?:[^("'`]*from)?["']\.\/([^"']+)["']/g))
      expect(scripts, `${path} imports ${name}`).toContain(`/assets/${name}`);
    bytes += gzipSync(source).length;
  }
  expect(bytes).toBeLessThanOrEqual(maxBytes);
});
