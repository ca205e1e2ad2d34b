import { Command } from 'commander';
import { readVersion } from '../server/core/version.ts';
import { addBackupCommands } from './commands/backup.ts';
import { addExportCommand } from './commands/export.ts';
import { addFilesCommands } from './commands/files.ts';
import { addImportCommand } from './commands/import-legacy.ts';
import { addLimitsCommands } from './commands/limits.ts';
import { addRoomCommands } from './commands/room.ts';
import { addServeCommand } from './commands/serve.ts';
import { addStatsCommand } from './commands/stats.ts';
import { addUserCommands } from './commands/user.ts';

const closing = `
Settings come from the environment or a .env file in this folder, as for the server; DATABASE_URL names the
database (default file:./data/mirage.db). Commands work while the server runs, unless their help says otherwise.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`;

export function createProgram(): Command {
  const program = new Command('mirage')
    .description('Mirage, a chat backend: run, import and administer it.')
    .version(readVersion())
    .addHelpText('after', closing);
  addServeCommand(program);
  addUserCommands(program);
  addRoomCommands(program);
  addLimitsCommands(program);
  addFilesCommands(program);
  addStatsCommand(program);
  addBackupCommands(program);
  addExportCommand(program);
  addImportCommand(program);
  setUp(program, 'mirage');
  return program;
}

/** What Commander requires on every command: `run` chooses the exit code for wrong usage, and the hint names the command. */
function setUp(command: Command, path: string): void {
  command.exitOverride().showHelpAfterError(`(${path} --help shows the usage)`);
  for (const each of command.commands) setUp(each, `${path} ${each.name()}`);
}
