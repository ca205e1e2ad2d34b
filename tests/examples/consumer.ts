import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const example = join(root, 'examples/monorepo');

/** Those that consumers may have, by the names they are installed under. */
export const compilers = {
  'typescript-5.9': 'npm:typescript@5.9.3',
  'typescript-6': 'npm:typescript@6.0.3',
  'typescript-7': 'npm:typescript@7.0.2',
} as const;
export type Compiler = keyof typeof compilers;

interface Compiled {
  ok: boolean;
  output: string;
}

/** A copy of the example in a folder of its own, where the packed project is installed as from a registry. */
export async function installExample() {
  const folder = await mkdtemp(join(tmpdir(), 'mirage-example-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await cp(example, folder, { recursive: true, filter: (path) => !/node_modules|dist$|\.tgz$/.test(path) });
    // What it packs has been built before the tests.
    const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
    });
    const [file] = JSON.parse(packed.stdout) as [{ filename: string }]; // safe: as npm prints it
    await rename(join(folder, file.filename), join(folder, 'mirage.tgz'));

    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    Object.assign(manifest.devDependencies, compilers);
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    await run('npm', ['install', ...quietly], { cwd: folder });
    // Its install script would compile for minutes; here it has been done already.
    await cp(
      join(root, 'node_modules/better-sqlite3/build'),
      join(folder, 'node_modules/better-sqlite3/build'),
      { recursive: true },
    );
  } catch (error) {
    await remove();
    throw error;
  }

  /** Checks the types of an app, with more options of the compiler. */
  async function check(app: 'server' | 'web', compiler: Compiler, options: string[] = []): Promise<Compiled> {
    const program = [join('node_modules', compiler, 'bin/tsc'), '-p', join('apps', app), ...options];
    try {
      return { ok: true, output: (await run(process.execPath, program, { cwd: folder })).stdout };
    } catch (error) {
      return { ok: false, output: String((error as { stdout?: string }).stdout ?? error) }; // safe: of execFile
    }
  }

  /** Where an import of an app leads. */
  const resolve = (app: 'server' | 'web', name: string) =>
    createRequire(join(folder, 'apps', app, 'package.json')).resolve(name);

  return { folder, check, resolve, remove };
}

/** The declarations that an entry of a package is made of: itself, and those it imports by their paths. */
export async function declarationsOf(entry: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(entry)) return found;
  const source = await readFile(entry, 'utf8').catch(() => undefined);
  if (source === undefined) return found;
  found.add(entry);
  for (const [, path = ''] of source.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
    const target = join(dirname(entry), path).replace(/\.[cm]?[jt]s$/, '');
    await declarationsOf(`${target}.d.ts`, found);
  }
  return found;
}
