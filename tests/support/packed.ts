import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** What `npm pack` says it has made. */
export interface Packed {
  /** Its path. */
  file: string;
  /** In bytes. */
  size: number;
  /** The paths of its files. */
  files: string[];
}

const packages = { mirage: root, '@mirage/client': join(root, 'packages/client') };
const packed = new Map<string, Promise<Packed>>();

/** Packs what the run of tests has built, once for each file of tests. */
export function pack(name: keyof typeof packages = 'mirage'): Promise<Packed> {
  const made = packed.get(name) ?? npmPack(packages[name]);
  packed.set(name, made);
  return made;
}

async function npmPack(cwd: string): Promise<Packed> {
  const folder = await emptyFolder();
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd, maxBuffer: 1e8 });
  const [{ filename, size, files }] = JSON.parse(stdout) as [PackReport]; // safe: as npm documents it
  return { file: join(folder, filename), size, files: files.map(({ path }) => path) };
}

interface PackReport {
  filename: string;
  size: number;
  files: { path: string }[];
}

/** One that is gone when the run of tests has ended. */
export const emptyFolder = (): Promise<string> => mkdtemp(join(inject('runFolder'), 'folder-'));

/** Installs packages in a folder, without running their scripts. */
export async function npmInstall(folder: string, ...names: string[]): Promise<void> {
  const args = ['install', ...names, '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', args, { cwd: folder });
}

/**
 * Installs the packed files of Mirage and perhaps others in a folder as a newcomer would, but for the native part of
 * better-sqlite3, which is built already and taken from here.
 */
export async function installIn(folder: string, ...files: string[]): Promise<void> {
  await npmInstall(folder, ...files);
  const driver = (from: string) => dirname(createRequire(from).resolve('better-sqlite3/package.json'));
  await cp(`${driver(import.meta.filename)}/build`, `${driver(`${folder}/index.js`)}/build`, {
    recursive: true,
  });
}

interface Installed {
  name: string;
  /** Whether npm runs something at its installation. */
  runs: boolean;
}

/** What is installed in a folder, each package once, as npm recorded it. */
export async function installedIn(folder: string): Promise<Installed[]> {
  const lock = JSON.parse(await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  }; // safe: as npm documents it
  return Object.entries(lock.packages)
    .map(([path, { hasInstallScript = false }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      runs: hasInstallScript,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
