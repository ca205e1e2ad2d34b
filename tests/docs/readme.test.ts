import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { readDocument, root } from './markdown.ts';

const { blocks } = readDocument('README.md');

function blockUnder(heading: string, language: string): string {
  const found = blocks.find((block) => block.heading === heading && block.language === language);
  return found?.text ?? expect.fail(`README has no ${language} under “${heading}”`);
}

const local = 'http://127.0.0.1:5000';

/** What a terminal shows of the block with curl, at a server of its own instead of the one that README has started. */
async function twoMinutes(url: string): Promise<string[]> {
  const script = blockUnder('Two minutes with curl', 'sh');
  expect(script).toContain(local);
  const { stdout } = await promisify(execFile)('bash', ['-euc', script.replace(local, url)]);
  return stdout.split(/(?<=\})\n?(?=\{|$)/).filter((answer) => answer !== '');
}

it('says what two minutes with curl show, and how to chat in ten lines', async () => {
  const { url } = await startMirage();
  const answers = (await twoMinutes(url)).map((answer) => JSON.parse(answer) as object);
  expect(answers).toEqual([
    { message: 'Welcome to MIRAGE' },
    { message: 'Welcome to MIRAGE' },
    { message: 'room "general" created', room_id: 1 },
    { message: 'bob joined room "general"', room_id: 1, room_name: 'general' },
    { message: 'sent' },
    { messages: [expect.objectContaining({ username: 'ada', message: 'hello' })] },
    { message: 'message sent' },
    { messages: [expect.objectContaining({ sender: 'bob', recipient: 'ada', message: 'psst' })] },
  ]);

  const chat = blockUnder('A chat in ten lines', 'ts');
  expect(
    chat
      .trim()
      .split('\n')
      .filter((line) => line !== '').length,
  ).toBeLessThanOrEqual(12);
  // It is saved in the repository there; here beside it, so that nothing is left behind.
  const folder = await temporaryFolder();
  const file = join(folder, 'chat.ts');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    file,
    chat.replace("'./src/client/index.ts'", JSON.stringify(join(root, 'src/client/index.ts'))),
  );
  const start = (name: string, password: string) => {
    const args = ['--import', import.meta.resolve('tsx'), file, name, password, url];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    return { say: (line: string) => child.stdin.write(`${line}\n`), lines: createInterface(child.stdout) };
  };
  const bob = start('bob', 'hunter2');
  const ada = start('ada', 'correct horse');
  const adasLines = ada.lines[Symbol.asyncIterator]();
  // What is held first: then she listens.
  expect(await adasLines.next()).toMatchObject({ value: 'ada > hello' });
  bob.say('hello ada');
  expect(await adasLines.next()).toMatchObject({ value: 'bob > hello ada' });
}, 120_000);
