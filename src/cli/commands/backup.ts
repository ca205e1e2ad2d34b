import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { claimDatabase } from '../../server/bus/control-socket.ts';
import { systemClock } from '../../server/clock.ts';
import { loadConfig } from '../../server/config.ts';
import { backupDatabase, restoreDatabase } from '../../server/db/backup.ts';
import { databaseFile } from '../../server/db/database-file.ts';
import { CommandError } from '../failure.ts';
import { note } from '../output.ts';
import { confirm } from '../prompt.ts';

interface Yes {
  yes?: boolean;
}

export function addBackupCommands(program: Command): void {
  program
    .command('backup <file>')
    .description('write all of the database, as it is at this moment, to one file; the server may go on')
    .option('--yes', 'replace the file if there is one, without asking')
    .action(async (file: string, options: Yes) => {
      const path = databaseFile(loadConfig().databaseUrl);
      if (!existsSync(path)) throw new CommandError(`there is no database ${path} to back up (DATABASE_URL)`);
      const overwrite = existsSync(file);
      if (overwrite) await confirm(`${file} exists already. Replace it?`, options);
      backupDatabase(path, file, { overwrite });
      note(`wrote ${file}`);
    });

  program
    .command('restore <file>')
    .description('put a backup in the place of the database; the server must be stopped')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nThe present database is kept beside the new one, under another name.')
    .action(async (file: string, options: Yes) => {
      const path = databaseFile(loadConfig().databaseUrl);
      if (!existsSync(file)) throw new CommandError(`there is no file ${file}`);
      const claim = await claimDatabase(path, 'mirage restore');
      try {
        if (existsSync(path)) await confirm(`Replace the database ${path} with ${file}?`, options);
        const at = new Date(systemClock()).toISOString().replace(/\D/g, '');
        const aside = restoreDatabase(file, path, `${path}.before-restore-${at}`);
        note(`restored ${file}${aside === undefined ? '' : `; what was there before is in ${aside}`}`);
      } finally {
        await claim.close();
      }
    });
}
