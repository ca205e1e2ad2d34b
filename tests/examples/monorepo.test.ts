import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type * as MirageClientModule from '../../src/client/index.ts';
import { follow } from '../support/live.ts';
import { type Compiler, compilers, declarationsOf, installExample } from './consumer.ts';

/** It packs, installs and compiles, which on a busy machine takes its time. */
const patienceMs = 600_000;

let example: Awaited<ReturnType<typeof installExample>>;
beforeAll(async () => {
  example = await installExample();
}, patienceMs);
afterAll(() => example?.remove());

const apps = ['server', 'web'] as const;
const resolutions = [
  ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ['nodenext', ['--module', 'nodenext', '--moduleResolution', 'nodenext']],
] as const;

it.each(Object.keys(compilers) as Compiler[])(
  'type-checks with %s, strict, as bundlers and as Node resolve modules',
  async (compiler) => {
    // The declarations of packages are checked as well, Prisma's long ones among them, where that does not take a minute.
    const libraries = compiler === 'typescript-7' ? [] : ['--skipLibCheck'];
    for (const app of apps) {
      const checks = resolutions.map(async ([resolution, options]) => {
        const { output } = await example.check(app, compiler, ['--strict', ...options, ...libraries]);
        return [resolution, output];
      });
      expect(await Promise.all(checks), app).toEqual([
        ['bundler', ''],
        ['nodenext', ''],
      ]);
    }
  },
  patienceMs,
);

it(
  'fails to type-check once a procedure takes something else',
  async () => {
    const entry = example.resolve('web', 'mirage/client').replace(/\.js$/, '.d.ts');
    const declarations = [...(await declarationsOf(entry))];
    const before = await Promise.all(declarations.map((file) => readFile(file, 'utf8')));
    // The text of a message is called otherwise from here on.
    const after = before.map((source) => source.replace(/\btext: string\b/g, 'words: string'));
    expect(after).not.toEqual(before);
    await Promise.all(declarations.map((file, index) => writeFile(file, after[index] ?? '')));
    try {
      const { ok, output } = await example.check('web', 'typescript-7', ['--skipLibCheck']);
      expect(ok).toBe(false);
      expect(output).toMatch(/use-messages\.ts\(\d+,\d+\): error TS2353: .*'text' does not exist/);
    } finally {
      await Promise.all(declarations.map((file, index) => writeFile(file, before[index] ?? '')));
    }
    expect(await example.check('web', 'typescript-7', ['--skipLibCheck'])).toEqual({ ok: true, output: '' });
  },
  patienceMs,
);

/** The example's server with its page, as `npm start` runs them. */
async function start() {
  const { folder, resolve } = example;
  const vite = join(folder, 'node_modules/vite/bin/vite.js');
  const built = spawn(process.execPath, [vite, 'build', 'apps/web', '--logLevel', 'error'], {
    cwd: folder,
    stdio: 'inherit',
  });
  expect(await once(built, 'close')).toEqual([0, null]);
  const child = spawn(
    process.execPath,
    ['--import', pathToFileURL(resolve('server', 'tsx')).href, 'src/main.ts'],
    {
      cwd: join(folder, 'apps/server'),
      env: { ...process.env, PORT: '0', DATABASE_URL: 'file:./data/test.db' },
      stdio: ['ignore', 'inherit', 'pipe'],
    },
  );
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  for await (const line of createInterface(child.stderr)) {
    const [url] = /http:\/\/[\d.:]+/.exec(line) ?? [];
    if (url) return { url, child, ended };
  }
  throw new Error('it has ended without a word of where it listens');
}

it(
  'runs: its users log in there and chat live, until they log out there',
  async () => {
    const { url, child, ended } = await start();
    // As installed there, so that what is packed is what is tried.
    const installed = pathToFileURL(example.resolve('web', 'mirage/client')).href;
    const { createMirageClient, reasonOf }: typeof MirageClientModule = await import(installed);

    async function logIn(username: string) {
      const post = (path: string, cookie = '', body = {}) =>
        fetch(`${url}/api/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', cookie },
          body: JSON.stringify(body),
        });
      const entered = await post('login', '', { username, password: 'demo' });
      const cookie = entered.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
      const { token } = (await (await post('chat-token', cookie)).json()) as { token: string };
      const client = createMirageClient({ url: `${url}/chat`, token });
      onTestFinished(() => client.connection.close());
      return { client, logOut: () => post('logout', cookie), refused: await post('login', '', { username }) };
    }

    expect(await (await fetch(url)).text()).toContain('<div id="root">');
    const ada = await logIn('ada');
    const grace = await logIn('grace');
    expect(ada.refused.status).toBe(401);
    expect(await ada.client.auth.me.query()).toMatchObject({
      username: 'ada',
      description: 'writes the first programs',
    });
    const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'general' });
    await grace.client.chat.joinRoom.mutate({ name: 'general' });
    const heard = follow((on) => grace.client.chat.onMessage.subscribe({ roomId }, on));
    await heard.started();
    await ada.client.chat.sendMessage.mutate({ roomId, text: 'hello grace' });
    await heard.word('hello grace');

    expect((await grace.logOut()).status).toBe(204);
    await heard.until(() => heard.ends.length > 0);
    await expect(grace.client.auth.me.query()).rejects.toSatisfy(
      (error) => reasonOf(error) === 'UNAUTHORIZED',
    );
    expect(await ada.client.auth.me.query()).toMatchObject({ username: 'ada' });

    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  },
  patienceMs,
);
