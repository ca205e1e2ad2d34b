import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { startServer } from './support/mirage.ts';

const maxBytes = 110_000;

it('loads at most 110 KB of JavaScript initially', async () => {
  const { url } = await startServer();
  const page = await (await fetch(url)).text();
  const scripts = [...page.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map(
    ([, path]) => new URL(path ?? '', url).href,
  );
  expect(scripts.length).toBeGreaterThan(0);
  let bytes = 0;
  for (const script of scripts) {
    const response = await fetch(script);
    expect(response.headers.get('cache-control')).toContain('immutable');
    const source = await response.text();
    // Static imports are listed in the page; everything else is imported on demand.
    for (const [, name = ''] of source.matchAll(/(?:^|[;}])import(?:[^("'`]*from)?["']\.\/([^"']+)["']/g))
      expect(scripts, `${script} imports ${name}`).toContain(new URL(name, script).href);
    bytes += gzipSync(source).length;
  }
  expect(bytes).toBeLessThanOrEqual(maxBytes);
});
