import { execFileSync } from 'node:child_process';

/** Once for a run of tests: those of the command line start what users start, without waiting for a compiler each time. */
export default function build(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
}
