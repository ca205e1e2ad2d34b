import type { Command } from 'commander';
import { exportUser } from '../../server/services/operations/personal-data.ts';
import { withAdmin } from '../admin.ts';
import { printLine } from '../output.ts';

export function addExportCommand(program: Command): void {
  program
    .command('export <name>')
    .description('export all data of one user, without secrets, as one JSON document')
    .action((username: string) =>
      withAdmin(async (admin) => {
        const { facts, inboxMessages } = await exportUser(admin, username);
        // Streamed, so that an inbox of any length needs little memory.
        await printLine(`${JSON.stringify(facts).slice(0, -1)},"inboxMessages":[`);
        let separator = '';
        for await (const message of inboxMessages) {
          await printLine(separator + JSON.stringify(message));
          separator = ',';
        }
        await printLine(']}');
      }),
    );
}
