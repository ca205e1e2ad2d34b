import type { Command } from 'commander';

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the server until SIGINT (Ctrl-C) or SIGTERM; creates the database if it does not exist')
    .action(async () => {
      // Loaded on demand, because other commands start faster without the server.
      const { serve } = await import('../../server/app/serve.ts');
      await serve();
    });
}
