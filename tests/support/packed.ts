import { execFile } from 'node:child_process';
import { cp, mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What `npm pack` says it has made. */
export interface Packed {
  /** Its path. */
  file: string;
  /** In bytes. */
  size: number;
  /** The paths of its files. */
  files: string[];
}

let packed: Promise<Packed> | undefined;

/** Packs what the run of tests has built, once for each file of tests. */
export function pack(): Promise<Packed> {
  packed ??= (async () => {
    const folder = await emptyFolder();
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const { stdout } = await run('npm', args, { cwd: root, maxBuffer: 1e8 });
    const [{ filename, size, files }] = JSON.parse(stdout) as [PackReport]; // safe: as npm documents it
    return { file: join(folder, filename), size, files: files.map(({ path }) => path) };
  })();
  return packed;
}

interface PackReport {
  filename: string;
  size: number;
  files: { path: string }[];
}

/** The file that `npm pack` makes. */
export async function packedFile(): Promise<string> {
  return (await pack()).file;
}

/** One that is gone when the run of tests has ended. */
export const emptyFolder = (): Promise<string> => mkdtemp(join(inject('runFolder'), 'folder-'));

/**
 * Installs the packed file in a folder as a newcomer would, but for the native part of better-sqlite3, which is built
 * already and taken from here.
 */
export async function installIn(folder: string, file: string): Promise<void> {
  const args = ['install', file, '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', args, { cwd: folder });
  const driver = (from: string) => dirname(createRequire(from).resolve('better-sqlite3/package.json'));
  await cp(`${driver(import.meta.filename)}/build`, `${driver(`${folder}/index.js`)}/build`, {
    recursive: true,
  });
}
