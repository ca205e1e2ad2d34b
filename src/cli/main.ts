#!/usr/bin/env node
import { CommanderError } from 'commander';
import { isExpected, messageOf } from './failure.ts';
import { createProgram } from './program.ts';

/** What scripts may rely on; docs/command-line.md has the same. */
const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

// Whoever reads has had enough, as with `| head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
  throw error;
});

async function run(): Promise<number> {
  try {
    await createProgram().parseAsync();
    return exitCodes.done;
  } catch (error) {
    // Commander has said what was wrong, or given the help it was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    console.error(isExpected(error) ? `mirage: ${messageOf(error)}` : error);
    return exitCodes.failed;
  }
}

/** Leaving would lose what a slow reader has not taken yet. */
const written = (stream: NodeJS.WriteStream) =>
  new Promise<void>((resolve) => void stream.write('', () => resolve()));

const code = await run();
await Promise.all([written(process.stdout), written(process.stderr)]);
process.exit(code);
