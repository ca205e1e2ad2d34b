import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { claimDatabase } from '../../server/bus/control-socket.ts';
import { systemClock } from '../../server/clock.ts';
import { loadConfig } from '../../server/config.ts';
import { backupDatabase, restoreDatabase } from '../../server/db/backup.ts';
import { databaseFile } from '../../server/db/database-file.ts';
import { CommandError } from '../failure.ts';
import { note, printJson } from '../output.ts';
import { confirm } from '../prompt.ts';

interface Options {
  yes?: boolean;
  json?: boolean;
}

export function addBackupCommands(program: Command): void {
  program
    .command('backup <file>')
    .description('write all of the database, as it is at this moment, to one file; the server may go on')
    .option('--yes', 'replace the file if there is one, without asking')
    .option('--json', 'what was written as JSON')
    .action(async (file: string, options: Options) => {
      const path = databaseFile(loadConfig().databaseUrl);
      if (!existsSync(path)) throw new CommandError(`there is no database ${path} to back up (DATABASE_URL)`);
      const overwrite = existsSync(file);
      if (overwrite) await confirm(`${file} exists already. Replace it?`, options);
      backupDatabase(path, file, { overwrite });
      if (options.json) return printJson({ file });
      note(`wrote ${file}`);
    });

  program
    .command('restore <file>')
    .description('put a backup in the place of the database; the server must be stopped')
    .option('--yes', 'do not ask')
    .option('--json', 'what was restored, and what was there before, as JSON')
    .addHelpText('after', '\nThe present database is kept beside the new one, under another name.')
    .action(async (file: string, options: Options) => {
      const path = databaseFile(loadConfig().databaseUrl);
      if (!existsSync(file)) throw new CommandError(`there is no file ${file}`);
      const claim = await claimDatabase(path, 'mirage restore');
      try {
        if (existsSync(path)) await confirm(`Replace the database ${path} with ${file}?`, options);
        const at = new Date(systemClock()).toISOString().replace(/\D/g, '');
        const aside = restoreDatabase(file, path, `${path}.before-restore-${at}`);
        if (options.json) return await printJson({ file, before: aside ?? null });
        note(`restored ${file}${aside === undefined ? '' : `; what was there before is in ${aside}`}`);
      } finally {
        await claim.close();
      }
    });
}
