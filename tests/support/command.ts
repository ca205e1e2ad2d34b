import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, vi } from 'vitest';
import { recording } from './answers/recording.ts';

// Each command is a process that has everything to load, and a test waits for several.
vi.setConfig({ testTimeout: 120_000 });

export const commandFile = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

interface Options {
  /** Its working folder; the database is `mirage.db` in it. */
  folder: string;
  /** What comes on standard input, which is no terminal. */
  stdin?: string;
  env?: Record<string, string>;
}

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts `mirage` with these arguments, as a process of its own with no settings but those given. */
export function spawnCommand(args: string[], { folder, stdin = '', env = {} }: Options) {
  const child = spawn(process.execPath, [commandFile, ...args], {
    cwd: folder,
    env: { DATABASE_URL: `file:${folder}/mirage.db`, LOG_LEVEL: 'silent', ...recording(), ...env },
  });
  const exit = once(child, 'close').then(([code]: unknown[]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  child.stdin.on('error', () => {}); // a command need not read it
  child.stdin.end(stdin);
  const stderrLines = createInterface(child.stderr);
  const outcome = Promise.all([text(child.stdout), text(child.stderr), exit]).then(
    ([stdout, stderr, code]): Outcome => ({ code, stdout, stderr }),
  );
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), pid: child.pid, stderrLines, outcome };
}

export const runCommand = (args: string[], options: Options): Promise<Outcome> =>
  spawnCommand(args, options).outcome;

/** What a script reads that passes --json: each line parsed. Fails unless the command succeeded. */
export async function runJson<T>(args: string[], options: Options): Promise<T[]> {
  const { code, stdout, stderr } = await runCommand([...args, '--json'], options);
  if (code !== 0) throw new Error(`mirage ${args.join(' ')} gave ${code}: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** How a command ends that was refused: one line that says why, and nothing to be read by scripts. */
export const refused = (stderr: RegExp) => ({
  code: 1,
  stdout: '',
  stderr: expect.stringMatching(new RegExp(`^mirage: [^\n]*${stderr.source}[^\n]*\n$`)),
});
