import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { emptyFolder, npmInstall, pack } from '../support/packed.ts';
import { runBundle } from '../support/run-bundle.ts';
import { projects, versions } from './projects.ts';

const chat = fileURLToPath(new URL('../package/consumers/chat.mjs', import.meta.url));

/** Where the packed client and all bundlers are installed. */
let folder: string;

beforeAll(async () => {
  folder = await emptyFolder();
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: versions }));
  await npmInstall(folder, (await pack('@mirage/client')).file);
});

const folderOf = (name: string) => join(folder, name.replaceAll(' ', '-').toLowerCase());

/** Builds a project in a folder of its own, and gives the programs that are sent to browsers or devices. */
async function build(name: string): Promise<string[]> {
  const { files = {}, build: args = [], output = '', env = {} } = projects[name] ?? {};
  const project = folderOf(name);
  await mkdir(project);
  await cp(chat, join(project, 'chat.mjs'));
  // React Router reads which packages its project depends on.
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies: versions });
  for (const [path, text] of Object.entries({ ...files, 'package.json': manifest })) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
  const { PATH, HOME } = process.env;
  await promisify(execFile)(process.execPath, args, { cwd: project, env: { PATH, HOME, ...env } });
  const written = await readdir(join(project, output), { recursive: true });
  return written.filter((file) => /\.[cm]?js$/.test(file)).map((file) => join(project, output, file));
}

it.each(Object.keys(projects))('is bundled by %s, without the package ws', async (name) => {
  const programs = await build(name);
  const texts = await Promise.all(programs.map((file) => readFile(file, 'utf8')));
  // An address that only the client requests, and a header that only `ws` sends.
  expect(texts.filter((text) => text.includes('/subscriptions'))).toHaveLength(1);
  expect(texts.filter((text) => text.includes('permessage-deflate'))).toEqual([]);
});

it.each(['Metro for iOS', 'Metro for Android', 'webpack'])('chats when it is bundled by %s', async (name) => {
  // A script, which Node would take for a module by its name.
  const script = join(await emptyFolder(), 'bundle.cjs');
  await cp(join(folderOf(name), 'out/bundle.js'), script);
  expect(await runBundle(script)).toBe('hello');
});
