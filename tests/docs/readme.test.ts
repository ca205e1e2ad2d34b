import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { typeCheck } from '../support/type-check.ts';
import { blockUnder, root } from './markdown.ts';

const local = 'http://127.0.0.1:5000';
const example = blockUnder('README.md', 'Use it from TypeScript', 'ts');

/** A copy of what the example needs of the repository, with the example saved in it as the README says. */
async function repositoryWithExample(): Promise<string> {
  const folder = await temporaryFolder();
  await Promise.all([
    cp(join(root, 'src'), join(folder, 'src'), { recursive: true }),
    cp(join(root, 'package.json'), join(folder, 'package.json')),
    symlink(join(root, 'node_modules'), join(folder, 'node_modules')),
    writeFile(join(folder, 'chat.ts'), example),
  ]);
  return folder;
}

/** `npx tsx chat.ts …` in that copy. */
function chat(folder: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(root, 'node_modules/tsx/dist/cli.mjs'), 'chat.ts', ...args], {
    cwd: folder,
    stdio: 'pipe',
  });
  const exited = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    type: (line: string) => child.stdin.write(`${line}\n`),
    hangUp: () => child.stdin.end(),
    nextLine: async () => String((await lines.next()).value),
    errors: text(child.stderr),
    exitCode: exited.then(([code]) => Number(code)),
  };
}

it('is at most 700 words long', () => {
  const words = readFileSync(join(root, 'README.md'), 'utf8').split(/\s+/).filter(Boolean);
  expect(words.length).toBeLessThanOrEqual(700);
});

it('has an example that type-checks, lets two users chat, and explains each failure in one line', async () => {
  const { url } = await startMirage();
  const folder = await repositoryWithExample();
  const compiled = typeCheck({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: true, typeRoots: [join(root, 'node_modules/@types')] },
    include: [join(folder, 'chat.ts')],
  });

  // Nothing is prepared: the example creates its users and its room.
  const ada = chat(folder, 'ada', 'correct-horse', url);
  ada.type('hello');
  expect(await ada.nextLine()).toBe('ada: hello');
  const bob = chat(folder, 'bob', 'correct-horse', url);
  expect(await bob.nextLine()).toBe('ada: hello');
  ada.type('');
  ada.type('   ');
  ada.type('x'.repeat(20_000));
  ada.type('still here');
  expect(await bob.nextLine()).toBe('ada: still here');
  bob.type('hello ada');
  expect([await ada.nextLine(), await ada.nextLine()]).toEqual(['ada: still here', 'bob: hello ada']);
  for (const each of [ada, bob]) each.hangUp();
  expect([await ada.exitCode, await bob.exitCode]).toEqual([0, 0]);
  expect((await ada.errors).trim().split('\n')).toHaveLength(1); // the text that was too long
  expect(await bob.errors).toBe('');

  // A second start uses the account and the room that are there already.
  const again = chat(folder, 'ada', 'correct-horse', url);
  expect(await again.nextLine()).toBe('ada: hello');
  again.hangUp();
  expect([await again.exitCode, await again.errors]).toEqual([0, '']);

  const wrongPassword = chat(folder, 'ada', 'not it', url);
  expect(await wrongPassword.errors).toBe('unknown user or wrong password\n');
  expect(await wrongPassword.exitCode).toBe(1);

  const absent = 'http://127.0.0.1:9';
  const noServer = chat(folder, 'ada', 'correct-horse', absent);
  expect(await noServer.errors).toBe(`No Mirage server answers at ${absent}\n`);
  expect(await noServer.exitCode).toBe(1);

  const noAddress = chat(folder, 'ada', 'correct-horse', 'nowhere');
  expect(await noAddress.errors).toBe('No Mirage server answers at nowhere\n');

  expect(await compiled).toMatchObject({ passed: true, output: '' });
}, 120_000);

/** Runs the tour in a shell, against this server instead of the one that `npm start` runs. Gives the answers it prints. */
async function tour(url: string): Promise<unknown[]> {
  const script = blockUnder('docs/rest.md', 'A tour with curl', 'sh');
  expect(script).toContain(local);
  const { stdout } = await promisify(execFile)('bash', ['-euc', script.replace(local, url)]);
  return stdout
    .split(/(?<=\})\n?(?=\{|$)/)
    .filter((answer) => answer !== '')
    .map((answer) => JSON.parse(answer) as unknown);
}

it('has a tour with curl that works whatever rooms there are, and works again', async () => {
  const { url, user } = await startMirage();
  const { client } = await user('somebody');
  await client.chat.createRoom.mutate({ name: 'an earlier room' });

  const read = [
    { message: 'sent' },
    { messages: [expect.objectContaining({ username: 'alice', message: 'hello', room_id: 2 })] },
    { message: 'file uploaded successfully', file_url: expect.stringContaining('/notes.txt?') },
    { message: 'message sent' },
    { messages: [expect.objectContaining({ sender: 'carol', recipient: 'alice', message: 'psst' })] },
  ];
  expect(await tour(url)).toEqual([
    { message: 'Welcome to MIRAGE' },
    { message: 'Welcome to MIRAGE' },
    { message: 'room "tour" created', room_id: 2 },
    ...read,
  ]);

  const again = await tour(url);
  expect(again.slice(0, 3)).toEqual([1, 2, 3].map(() => ({ error: expect.any(String) })));
  expect(again[4]).toEqual({ messages: [expect.anything(), expect.anything()] });
}, 60_000);
