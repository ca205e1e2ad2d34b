import { Command } from 'commander';
import { readVersion } from '../server/version.ts';
import { addBackupCommands } from './commands/backup.ts';
import { addExportCommand } from './commands/export.ts';
import { addImportCommand } from './commands/import-legacy.ts';
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
    .description('Mirage, a chat backend: run it, move into it, and look after it.')
    .version(readVersion())
    .showHelpAfterError('(add --help for how it is used)')
    .addHelpText('after', closing);
  addServeCommand(program);
  addUserCommands(program);
  addRoomCommands(program);
  addStatsCommand(program);
  addBackupCommands(program);
  addExportCommand(program);
  addImportCommand(program);
  throwInsteadOfExit(program);
  return program;
}

/** So that the exit code of wrong usage is ours to choose. Commander has it for each command alone. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const each of command.commands) throwInsteadOfExit(each);
}
