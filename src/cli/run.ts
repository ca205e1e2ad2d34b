import { CommanderError } from 'commander';
import { isExpected, messageOf } from './failure.ts';
import { createProgram } from './program.ts';

/** The exit codes; documented in docs/command-line.md. */
const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

// The reader closed the pipe, as `| head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
  throw error;
});

async function run(): Promise<number> {
  try {
    await createProgram().parseAsync();
    return exitCodes.done;
  } catch (error) {
    // Commander has already printed the error or the requested help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    console.error(isExpected(error) ? `mirage: ${messageOf(error)}` : error);
    return exitCodes.failed;
  }
}

/** Exiting at once would lose output that a slow reader has not consumed yet. */
const written = (stream: NodeJS.WriteStream) =>
  new Promise<void>((resolve) => void stream.write('', () => resolve()));

const code = await run();
await Promise.all([written(process.stdout), written(process.stderr)]);
process.exit(code);
