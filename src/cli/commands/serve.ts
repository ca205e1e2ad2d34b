import type { Command } from 'commander';

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description(
      'run the server until it gets SIGINT (Ctrl-C) or SIGTERM; creates the database if there is none',
    )
    .action(async () => {
      // Loaded when it is asked for: other commands need no server, and start sooner without one.
      const { serve } = await import('../../server/serve.ts');
      await serve();
    });
}
