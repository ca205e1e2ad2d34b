import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Usage } from './child.ts';

/** The core of a process: the measured server on one, the load on another. */
export type Role = 'server' | 'load';

export interface Child {
  /** The data it reported when it was ready. */
  ready: { port: number };
  call<T = void>(name: string, argument?: unknown): Promise<T>;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

interface Reply {
  id?: number;
  result?: unknown;
  error?: string;
  ready?: { port: number };
}

const running = new Set<ChildProcess>();
// A child exits by itself when its channel closes; this is for one that is too busy to notice.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export const isPinned = availableParallelism() > 1 && hasTaskset();

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const ownRoot = fileURLToPath(new URL('../', import.meta.url));

/** Starts a file of dist/bench, or of another build's (`root`), such as `servers/mirage.js`, and waits until it is ready. */
export async function start(
  role: Role,
  file: string,
  { options = {}, flags = [], root = ownRoot }: { options?: object; flags?: string[]; root?: string } = {},
): Promise<Child> {
  const path = join(root, file);
  const command = [process.execPath, ...flags, ...profileFlags(role, file), path, JSON.stringify(options)];
  if (isPinned) command.unshift('taskset', '-c', role === 'server' ? '0' : '1');
  const [name = '', ...args] = command;
  const child = spawn(name, args, { stdio: ['ignore', 2, 2, 'ipc'] });
  running.add(child);

  let calls = 0;
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  const ready = new Promise<{ port: number }>((resolve, reject) => {
    waiting.set(0, { resolve, reject });
  });
  child.on('message', (reply: Reply) => {
    const id = reply.id ?? 0;
    const call = waiting.get(id);
    waiting.delete(id);
    if (reply.error !== undefined) call?.reject(new Error(`${file}: ${reply.error}`));
    else call?.resolve((reply.ready ?? reply.result) as never); // safe: the caller states the type
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child);
      for (const { reject } of waiting.values()) reject(new Error(`${file} ended: ${signal ?? code}`));
      resolve();
    });
  });

  function call<T>(callName: string, argument?: unknown): Promise<T> {
    calls += 1;
    const id = calls;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      child.send({ id, name: callName, argument }, (error) => error && reject(error));
    });
  }

  return {
    ready: await ready,
    call,
    usage: () => call<Usage>('usage'),
    async stop() {
      if (child.connected) child.disconnect();
      const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(impatience);
    },
  };
}

/** With BENCH_PROFILE=folder, servers write CPU profiles to it. */
function profileFlags(role: Role, file: string): string[] {
  const folder = process.env.BENCH_PROFILE;
  if (!folder || role !== 'server') return [];
  const name = file.replaceAll(/\W+/g, '-');
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}-${Date.now()}.cpuprofile`];
}
