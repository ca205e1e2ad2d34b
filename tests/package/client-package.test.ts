import { execFile } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { build as buildWithVite } from 'vite';
import { beforeAll, expect, it, vi } from 'vitest';
import { readDocument } from '../docs/markdown.ts';
import { startMirage } from '../support/harness.ts';
import { emptyFolder, installedIn, npmInstall, pack } from '../support/packed.ts';
import { runBundle } from '../support/run-bundle.ts';
import { typeCheck } from '../support/type-check.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifestOf = (path: string) => JSON.parse(readFileSync(`${root}${path}package.json`, 'utf8'));
const [server, client] = ['', 'packages/client/'].map(manifestOf);

/** A folder in which the packed client is installed, and nothing else. */
let folder: string;

beforeAll(async () => {
  folder = await emptyFolder();
  await npmInstall(folder, (await pack('@mirage/client')).file);
});

const filesIn = (path: string) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => lstatSync(join(path, name)).isFile())
    .sort();

it('holds the same build as mirage/client, in the same version', async () => {
  const own = `${folder}/node_modules/@mirage/client/dist/`;
  const { files } = await pack();
  const others = files.filter((file) => file.startsWith('dist/client/'));
  expect(filesIn(own).map((file) => `dist/client/${file}`)).toEqual(others.sort());
  for (const file of others)
    expect(readFileSync(own + file.slice('dist/client/'.length), 'utf8'), file).toBe(
      readFileSync(root + file, 'utf8'),
    );
  expect(client.version).toBe(server.version);
  for (const [name, version] of Object.entries(client.dependencies))
    expect(server.dependencies, name).toHaveProperty([name], version);
});

it('leads from the same conditions to the same files as mirage/client', () => {
  const moved = (path: string) => path.replace('./dist/client/', './dist/');
  const own = Object.entries<string>(server.exports['./client']).map(([name, path]) => [name, moved(path)]);
  const { types, node, default: others } = Object.fromEntries(own);
  expect(client.exports['.']).toEqual({ types, node, default: others });
  for (const entry of ['./chat', './react', './idb']) {
    const paths = Object.entries<string>(server.exports[entry]).map(([name, path]) => [name, moved(path)]);
    expect(client.exports[entry]).toEqual(Object.fromEntries(paths));
  }
  expect(client.peerDependencies).toEqual(server.peerDependencies);
  expect(client.peerDependenciesMeta).toEqual({ react: { optional: true } });
  // For those that read no `exports`.
  expect(client).toMatchObject({ types, main: node, browser: others, 'react-native': others });
});

it('is packed with its readme, which links only to addresses, and license, and is not private', async () => {
  expect(
    readDocument('packages/client/README.md').links.filter((link) => !link.startsWith('https://')),
  ).toEqual([]);
  const { files } = await pack('@mirage/client');
  expect(files.filter((file) => !file.startsWith('dist/')).sort()).toEqual([
    'LICENSE',
    'README.md',
    'package.json',
  ]);
  expect(files).toContain('dist/trpc/LICENSE');
  expect(readFileSync(`${root}packages/client/LICENSE`, 'utf8')).toBe(readFileSync(`${root}LICENSE`, 'utf8'));
  expect([server.private, client.private]).toEqual([undefined, undefined]);
});

it('installs at most 1 MB, without a compiler and without running anything', async () => {
  expect(await installedIn(folder)).toEqual(
    ['@mirage/client', 'eventsource-parser', 'idb', 'ws'].map((name) => ({ name, runs: false })),
  );
  const bytes = filesIn(folder).reduce((sum, file) => sum + lstatSync(join(folder, file)).size, 0);
  console.error(`@mirage/client installed: ${bytes} bytes`);
  expect(bytes).toBeLessThanOrEqual(1_000_000);
});

it('exchanges messages, with nothing else installed', async () => {
  const { url } = await startMirage();
  const program = await readFile(`${root}tests/package/consumers/newcomer.mjs`, 'utf8');
  await writeFile(`${folder}/newcomer.mjs`, program.replace('mirage/client', '@mirage/client'));
  const { stdout } = await promisify(execFile)(process.execPath, ['newcomer.mjs', url], { cwd: folder });
  expect(stdout).toBe('ada: hello, bob\n');
});

it('type-checks as mirage/client does, its libraries too', async () => {
  const program = await readFile(`${root}tests/package/consumers/client.ts`, 'utf8');
  await writeFile(`${folder}/client.ts`, program.replace('mirage/client', '@mirage/client'));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    module: 'preserve',
    lib: ['es2022', 'dom', 'esnext.disposable'],
    types: [],
  };
  const result = await typeCheck({ compilerOptions, files: [`${folder}/client.ts`] });
  expect(result).toMatchObject({ output: '', passed: true });
});

it('works with tRPC’s own client and its errors, of another copy than the one it contains', async () => {
  const other = await emptyFolder();
  const file = `${other}/program.ts`;
  const modules = `${other}/node_modules`;
  await cp(`${root}node_modules/@trpc`, `${modules}/@trpc`, { recursive: true });
  await cp(`${folder}/node_modules`, modules, { recursive: true });
  const source = `
import { type AppRouter, reasonOf } from '@mirage/client';
import { createTRPCClient, httpLink } from '@trpc/client';

const client = createTRPCClient<AppRouter>({ links: [httpLink({ url: process.argv[2] + '/trpc' })] });
const error: unknown = await client.users.get.query({ username: 'nobody' }).catch((caught: unknown) => caught);
const count: number = await client.users.count.query();
// @ts-expect-error a name is a text
export const refused = () => client.users.get.query({ username: 1 });
console.log(reasonOf(error), count);
export {};
`;
  await writeFile(file, source);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    module: 'preserve',
    lib: ['es2022', 'dom'],
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [`${root}node_modules/@types`],
  };
  expect(await typeCheck({ compilerOptions, files: [file] })).toMatchObject({ output: '', passed: true });
  const program = `${other}/program.mjs`;
  await writeFile(
    program,
    source
      .replace('type AppRouter, ', '')
      .replace('<AppRouter>', '')
      .replace(/: (unknown|number)\b/g, ''),
  );
  const { url } = await startMirage();
  const { stdout } = await promisify(execFile)(process.execPath, [program, url], { cwd: other });
  expect(stdout).toMatch(/^(UNAUTHORIZED|USER_NOT_FOUND) 0\n$/);
});

/** Each writes a bundle for browsers and gives its path. A package that it cannot find is an error. */
const bundlers: Record<string, (entry: string, out: string) => Promise<string>> = {
  async esbuild(entry, out) {
    const outfile = join(out, 'bundle.mjs');
    await build({
      entryPoints: [entry],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      outfile,
      logLevel: 'silent',
    });
    return outfile;
  },
  async Vite(entry, out) {
    await buildWithVite({
      root: out,
      configFile: false,
      logLevel: 'silent',
      build: { rolldownOptions: { input: entry, output: { entryFileNames: 'bundle.mjs' } } },
    });
    return join(out, 'dist/bundle.mjs');
  },
};

it.each(Object.keys(bundlers))('chats when it is bundled for browsers by %s', async (name) => {
  await cp(`${root}tests/package/consumers/chat.mjs`, `${folder}/chat.mjs`);
  const bundle = await bundlers[name]?.(`${folder}/chat.mjs`, await emptyFolder());
  expect(await runBundle(bundle ?? '')).toBe('hello');
});
