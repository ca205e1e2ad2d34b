import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { startMirage } from './harness.ts';

/** What a bundle of tests/package/consumers/chat.mjs has said to itself, through a server, where no package can be found. */
export async function runBundle(file: string): Promise<string> {
  const { url, user } = await startMirage();
  const { token } = await user('ada');
  const program = `await import(${JSON.stringify(pathToFileURL(file).href)});
    process.stdout.write(await globalThis.chat(${JSON.stringify(url)}, ${JSON.stringify(token)}));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  return stdout;
}
