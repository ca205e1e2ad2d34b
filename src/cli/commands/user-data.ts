import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { openStorageForCommand } from '../../server/app/files.ts';
import { writeArchive } from '../../server/infra/files/archive.ts';
import { findAccount } from '../../server/services/accounts/accounts.ts';
import { removeAccount } from '../../server/services/departures/remove-account.ts';
import { ownData } from '../../server/services/exports/own-data.ts';
import { withAdmin } from '../admin.ts';
import { note, printable, printJson } from '../output.ts';
import { confirm } from '../prompt.ts';

interface Json {
  json?: boolean;
}

export function addUserDataCommands(user: Command): void {
  user
    .command('delete <name>')
    .description(
      'remove an account for good; a server renames what others have of the user, at once or at its next start',
    )
    .option('--yes', 'skip the confirmation')
    .option('--json', 'print the name, and what takes its place, as JSON')
    .action((username: string, options: Json & { yes?: boolean }) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        await confirm(`Remove ${printable(username)} for good, with all files?`, options);
        const { alias } = await removeAccount(admin, { username });
        if (options.json) return printJson({ username, alias });
        note(`removed ${printable(username)}; others see ${alias}`);
      }),
    );

  user
    .command('export <name> <file>')
    .description('write everything that is the own of a user, without secrets, to a new ZIP file')
    .option('--json', 'print the name and the file as JSON')
    .action((username: string, file: string, options: Json) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        const storage = await openStorageForCommand(admin);
        try {
          const { signal } = new AbortController();
          const entries = await ownData(admin, { username, storage, signal, onProgress() {} });
          await writeArchive(file, entries, { at: new Date(admin.clock()), signal }).catch(
            async (error: unknown) => {
              // What is there of it is no archive. A file that was there before is not ours.
              if (!isPresent(error)) await rm(file, { force: true });
              throw error;
            },
          );
        } finally {
          await storage?.close();
        }
        if (options.json) return printJson({ username, file });
        note(`wrote the data of ${printable(username)} to ${printable(file)}`);
      }),
    );
}

const isPresent = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EEXIST';
