import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { pack } from '../support/packed.ts';

vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** What the package is made of; there is nothing else in it. */
const parts: Record<string, RegExp> = {
  documents: /^(README|CHANGELOG|SECURITY)\.md$|^LICENSE$|^package\.json$/,
  programs:
    /^dist\/(cli|client|rest-compat|server|testing)\/(?!.*(\.test\.|\/(tests|bench)\/)).*\.(js|js\.map|d\.ts)$/,
  'web client': /^dist\/web\/(index\.html|assets\/[\w.-]+\.(js|css|svg|woff2))$/,
  migrations: /^prisma\/(sqlite|postgresql)\/migrations\/(migration_lock\.toml|\d+_\w+\/migration\.sql)$/,
};

it('is at most 2 MB', async () => {
  const { size } = await pack();
  console.error(`the packed file: ${size} bytes`);
  expect(size).toBeLessThanOrEqual(2_000_000);
});

it('holds what belongs to one of its parts, and nothing else', async () => {
  const { files } = await pack();
  const others = files.filter((file) => !Object.values(parts).some((part) => part.test(file)));
  expect(others).toEqual([]);
  for (const [name, part] of Object.entries(parts))
    expect(
      files.some((file) => part.test(file)),
      name,
    ).toBe(true);
});

describe('holds what is needed', () => {
  it('for its entries and its command', async () => {
    const { files } = await pack();
    const named = [...Object.values<Record<string, string>>(manifest.exports), manifest.bin].flatMap(
      Object.values,
    );
    expect(named).toHaveLength(2 * 4 + 1);
    for (const file of named) expect(files).toContain(posixOf(file));
  });

  it('to read its programs: types, and maps with the sources in them', async () => {
    const { files } = await pack();
    const programs = files.filter((file) => /^dist\/(?!web\/).*\.js$/.test(file));
    expect(programs.length).toBeGreaterThan(100);
    for (const file of programs) {
      expect(files).toContain(file.replace(/\.js$/, '.d.ts'));
      const map = JSON.parse(readFileSync(`${root}${file}.map`, 'utf8'));
      expect(map.sourcesContent, file).toHaveLength(map.sources.length);
    }
  });

  it('to make a database: every migration', async () => {
    const { files } = await pack();
    for (const provider of ['sqlite', 'postgresql']) {
      const folder = `prisma/${provider}/migrations`;
      const migrations = readdirSync(root + folder, { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile(),
      );
      expect(files.filter((file) => file.startsWith(`${folder}/`))).toHaveLength(migrations.length);
    }
  });
});

const posixOf = (path: string) => path.replace(/^\.\//, '');
