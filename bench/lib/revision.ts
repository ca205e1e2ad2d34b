import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Builds a git revision of Mirage in a temporary worktree, benchmark included, and returns the folder with its compiled
 * benchmark, whose servers `start` can run. The worktree is removed when this process exits. In place of a revision it may be the folder
 * of a build that is there.
 */
export function buildRevision(revision: string): string {
  const built = join(revision, 'dist/bench/');
  if (existsSync(built)) return built;
  const folder = mkdtempSync(join(tmpdir(), 'mirage-baseline-'));
  const run = (command: string, args: string[], cwd = folder) =>
    execFileSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  process.on('exit', () => {
    run('git', ['worktree', 'remove', '--force', folder], process.cwd());
    rmSync(folder, { recursive: true, force: true });
  });

  run('git', ['worktree', 'add', '--force', '--detach', folder, revision], process.cwd());
  installPackages(folder, run);
  run('npm', ['run', 'generate']);
  run('npm', ['run', 'build']);
  run('npx', ['tsc', '-b', 'bench/tsconfig.json']);
  return join(folder, 'dist/bench/');
}

/** The packages installed here also serve a revision that locks the same ones, which saves compiling the SQLite driver. */
function installPackages(folder: string, run: (command: string, args: string[]) => void): void {
  const lockOf = (root: string) => readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync('node_modules') && lockOf(folder) === lockOf('.'))
    symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  else run('npm', ['ci']);
}
