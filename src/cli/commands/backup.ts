import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { systemClock } from '../../server/core/clock.ts';
import { loadConfig } from '../../server/core/config.ts';
import { claimDatabase } from '../../server/infra/bus/control-socket.ts';
import { backupDatabase, restoreDatabase } from '../../server/infra/db/backup.ts';
import { databaseFile } from '../../server/infra/db/database-file.ts';
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
    .description('write a consistent copy of the database to a file; the server may be running')
    .option('--yes', 'replace an existing file without confirmation')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, options: Options) => {
      const path = databaseFile(loadConfig().databaseUrl);
      if (!existsSync(path)) throw new CommandError(`there is no database ${path} to back up (DATABASE_URL)`);
      const overwrite = existsSync(file);
      if (overwrite) await confirm(`${file} already exists. Replace it?`, options);
      backupDatabase(path, file, { overwrite });
      if (options.json) return printJson({ file });
      note(`wrote ${file}`);
    });

  program
    .command('restore <file>')
    .description('replace the database with a backup; the server must be stopped')
    .option('--yes', 'skip the confirmation')
    .option('--json', 'print the restored file and the previous database as JSON')
    .addHelpText('after', '\nThe previous database is kept in the same folder under another name.')
    .action(async (file: string, options: Options) => {
      const path = databaseFile(loadConfig().databaseUrl);
      if (!existsSync(file)) throw new CommandError(`there is no file ${file}`);
      const claim = await claimDatabase(path, 'mirage restore');
      try {
        if (existsSync(path)) await confirm(`Replace the database ${path} with ${file}?`, options);
        const at = new Date(systemClock()).toISOString().replace(/\D/g, '');
        const aside = restoreDatabase(file, path, `${path}.before-restore-${at}`);
        if (options.json) return await printJson({ file, before: aside ?? null });
        note(`restored ${file}${aside === undefined ? '' : `; the previous database is now ${aside}`}`);
      } finally {
        await claim.close();
      }
    });
}
