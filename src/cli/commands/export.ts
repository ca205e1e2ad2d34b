import type { Command } from 'commander';
import { exportUser } from '../../server/services/personal-data.ts';
import { withAdmin } from '../admin.ts';
import { printLine } from '../output.ts';

export function addExportCommand(program: Command): void {
  program
    .command('export <name>')
    .description(
      "a person's own data as one JSON document: profile, sessions, rooms, inbox messages; no secrets",
    )
    .action((username: string) =>
      withAdmin(async (admin) => {
        const { facts, inboxMessages } = await exportUser(admin, username);
        // The list goes out as it is read, so that an inbox of any length takes little memory.
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
