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

createProgram()
  .parseAsync()
  .then(
    () => process.exit(exitCodes.done),
    (error: unknown) => {
      // Commander has said what was wrong, or given the help it was asked for.
      if (error instanceof CommanderError)
        process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage);
      console.error(isExpected(error) ? `mirage: ${messageOf(error)}` : error);
      process.exit(exitCodes.failed);
    },
  );
