import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { recording } from './answers/recording.ts';
import { temporaryFolder } from './harness.ts';

const fromSources = [
  '--import',
  import.meta.resolve('tsx'),
  fileURLToPath(new URL('../../src/server/main.ts', import.meta.url)),
];

/** As `npm start` runs it, after `npm run build`. */
export const built = [fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))];

/** A line of the log. */
export interface LogLine {
  level: number;
  msg: string;
  [key: string]: unknown;
}

/** A user who owns nothing; who runs the tests, unless that is root, whom no mode of a file stops. */
export const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Mirage as a process of its own, in an empty folder, with the settings given and no others. */
export async function spawnMirage(
  env: Record<string, string> = {},
  folder?: string,
  { user, program = fromSources }: { user?: typeof nobody; program?: string[] } = {},
) {
  const cwd = folder ?? (await temporaryFolder());
  const child = spawn(process.execPath, program, {
    cwd,
    env: { PORT: '0', ...recording(), ...env },
    ...user,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'close').then(([code]: unknown[]) => code);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });

  const lines: string[] = [];
  const changed = new EventTarget();
  const output = createInterface(child.stdout);
  output.on('line', (line) => {
    lines.push(line);
    changed.dispatchEvent(new Event('line'));
  });
  output.on('close', () => changed.dispatchEvent(new Event('line')));
  const stderr = text(child.stderr);

  /** The first line of the log with this message, as soon as there is one. */
  async function logged(message: RegExp): Promise<LogLine> {
    for (;;) {
      const found = lines.map((line) => JSON.parse(line) as LogLine).find(({ msg }) => message.test(msg));
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`it has ended without saying so: ${await stderr}`);
      await new Promise((resolve) => changed.addEventListener('line', resolve, { once: true }));
    }
  }

  return {
    folder: cwd,
    lines,
    logged,
    /** Its address, once it listens. */
    url: async () => String((await logged(/listens/)).url),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** How it ended. */
    ended: async () => ({ code: await exit, stderr: await stderr }),
  };
}
