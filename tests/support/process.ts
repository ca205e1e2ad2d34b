import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { recording } from './answers/recording.ts';
import { temporaryFolder } from './harness.ts';

/** As `npm start` runs it. It is built before the tests, since compiling it would take longer than most of them. */
export const built = [fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))];

/** A line of the log. */
export interface LogLine {
  level: number;
  msg: string;
  [key: string]: unknown;
}

/** An unprivileged user, when the tests run as root, to whom file modes do not apply. */
export const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Runs Mirage as a separate process in an empty folder, with only the given settings. */
export async function spawnMirage(
  env: Record<string, string> = {},
  folder?: string,
  { user, program = built }: { user?: typeof nobody; program?: string[] } = {},
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
  child.on('close', () => changed.dispatchEvent(new Event('line')));
  const stderr = text(child.stderr);

  /** Resolves with the first log line whose message matches. */
  async function logged(message: RegExp): Promise<LogLine> {
    for (;;) {
      const found = lines.map((line) => JSON.parse(line) as LogLine).find(({ msg }) => message.test(msg));
      if (found) return found;
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`exited without logging it: ${await stderr}`);
      await new Promise((resolve) => changed.addEventListener('line', resolve, { once: true }));
    }
  }

  return {
    folder: cwd,
    lines,
    logged,
    /** The address it listens on. */
    url: async () => String((await logged(/^listening on/)).url),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Its exit code and standard error, once it has exited. */
    ended: async () => ({ code: await exit, stderr: await stderr }),
  };
}
