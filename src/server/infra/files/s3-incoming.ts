import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from './system-errors.ts';

/** The process that a folder belongs to is in its name. */
const prefix = 'mirage-incoming-';
const pattern = new RegExp(`^${prefix}(\\d+)-`);

/** Of this process. One of its number in a container, whose processes are numbered alike after each start, may have left others. */
const ours = new Set<string>();

/** Makes a folder of this process alone, which nobody else can read. */
export async function makeIncoming(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  ours.add(path);
  return path;
}

/** Removes the folders of processes that have ended without doing so. */
export async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(pattern.exec(name)?.[1]);
    const path = join(tmpdir(), name);
    if (!pid || ours.has(path) || !(await isOurs(path))) continue;
    if (pid !== process.pid && isRunning(pid)) continue;
    await rm(path, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** Anybody may make something of this name in the folder for temporary files. */
async function isOurs(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() === true && stats.uid === process.getuid?.();
}
