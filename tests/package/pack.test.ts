import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { readDocument } from '../docs/markdown.ts';
import { pack } from '../support/packed.ts';

vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** What the package is made of; there is nothing else in it. */
const parts: Record<string, RegExp> = {
  documents: /^(README|CHANGELOG|SECURITY|CONTRIBUTING|CODE_OF_CONDUCT)\.md$|^LICENSE$|^package\.json$/,
  'what the readme links to':
    /^bench\/RESULTS\.md$|^docs\/((decisions\/)?[\w-]+\.md|openapi\.json|screenshots\/room-light\.png)$/,
  'the example': /^examples\/monorepo\/(?!.*(node_modules|\/dist\/|\.tgz|\/data\/))/,
  'the page of the REST API': /^dist\/docs\/[\w-][\w.-]*$/,
  commands: /^dist\/cli\/.*\.js$/,
  programs:
    /^dist\/(client|rest-compat|server|testing)\/(?!trpc\/|.*(\.test\.|\/(tests|bench)\/)).*\.(js|d\.ts)$/,
  'what they need of tRPC': /^dist\/(client|server)\/trpc\/(LICENSE|.*\.(js|d\.ts))$/,
  'web client':
    /^dist\/web\/(index\.html|service-worker\.js|manifest\.webmanifest|icons\/[\w-]+\.png|assets\/[\w.-]+\.((js|css|svg)\.br|woff2))$/,
  migrations: /^prisma\/(sqlite|postgresql)\/migrations\/(migration_lock\.toml|\d+_\w+\/migration\.sql)$/,
};

it('is at most 2 MB', async () => {
  const { size } = await pack();
  console.error(`the packed file: ${size} bytes`);
  expect(size).toBeLessThanOrEqual(2_000_000);
});

it('contains only files of its parts', async () => {
  const { files } = await pack();
  const others = files.filter((file) => !Object.values(parts).some((part) => part.test(file)));
  expect(others).toEqual([]);
  for (const [name, part] of Object.entries(parts))
    expect(
      files.some((file) => part.test(file)),
      name,
    ).toBe(true);
});

it('contains every file that its readme links to', async () => {
  const { files } = await pack();
  const paths = readDocument('README.md')
    .links.filter((link) => !/^https?:/.test(link))
    .map((link) => link.replace(/#.*/, ''));
  expect(paths.length).toBeGreaterThan(20);
  const isThere = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
  expect(paths.filter((path) => !isThere(path))).toEqual([]);
});

it('is not private', () => {
  expect(manifest.private).toBeUndefined();
});

describe('contains what is needed', () => {
  it('for its entries and its command', async () => {
    const { files } = await pack();
    const named = [...Object.values<Record<string, string>>(manifest.exports), manifest.bin].flatMap(
      Object.values,
    );
    expect(named).toHaveLength(2 * 7 + 2); // the client has an entry of its own for Node
    for (const file of named) expect(files).toContain(posixOf(file));
  });

  it('to read its programs: declarations, and the lines of the sources; commands are only run', async () => {
    const { files } = await pack();
    expect(files.filter((file) => file.endsWith('.map'))).toEqual([]);
    const programs = files.filter((file) =>
      /^dist\/(?!cli\/|web\/|docs\/|\w+\/trpc\/|.*\/generated\/).*\.js$/.test(file),
    );
    for (const file of programs) expect(files).toContain(file.replace(/\.js$/, '.d.ts'));
    const read = [];
    let comments = 0;
    for (const file of programs) {
      const source = `${root}${file.replace('dist/', 'src/').replace(/\.js$/, '.ts')}`;
      if (!existsSync(source)) continue; // it is generated
      read.push(file);
      const [lines = [], theirs] = [`${root}${file}`, source].map((path) =>
        readFileSync(path, 'utf8').split('\n'),
      );
      expect(lines.length, file).toBe(theirs?.length);
      comments += lines.filter((line) => /^ *\/\/ /.test(line)).length;
    }
    expect(comments).toBeGreaterThan(200);
    expect(read.length).toBeGreaterThan(300);
  });

  it('to create a database: every migration', async () => {
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
