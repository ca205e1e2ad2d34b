import type { Command } from 'commander';
import { email as emailSchema, newUsername } from '../../server/core/validation.ts';
import {
  addAccount,
  disableAccount,
  enableAccount,
  findAccount,
  listAccounts,
  listOpenSessions,
  resetPassword,
} from '../../server/services/accounts/accounts.ts';
import { withAdmin } from '../admin.ts';
import { parseWith } from '../arguments.ts';
import { note, printable, printJson, printLine, printRows } from '../output.ts';
import { type PasswordOptions, takePassword } from '../password.ts';
import { confirm } from '../prompt.ts';

interface Json {
  json?: boolean;
}

interface Yes {
  yes?: boolean;
}

const passwordHelp =
  '\nPrompts for the password unless --password-stdin or --generate is given. It is never an argument, because\nother users of this machine could read it.';

const accountCells = {
  id: (account: { id: number }) => account.id,
  username: (account: { username: string }) => account.username,
  email: (account: { email: string }) => account.email,
  created: (account: { createdAt: Date }) => account.createdAt,
  disabled: (account: { disabledAt: Date | null }) => account.disabledAt,
};

export function addUserCommands(program: Command): void {
  const user = program
    .command('user')
    .description('accounts: list, add, disable, enable, reset-password, sessions');

  user
    .command('list')
    .description('list all accounts in order of creation')
    .option('--json', 'print one JSON object per line')
    .action((options: Json) => withAdmin((admin) => printRows(listAccounts(admin), accountCells, options)));

  passwordOptions(user.command('add <name>'))
    .description('create an account')
    .requiredOption('--email <address>', 'a unique e-mail address')
    .option('--json', 'print the account as JSON, with a generated password')
    .action((name: string, options: PasswordOptions & Json & { email: string }) =>
      withAdmin(async (admin) => {
        const username = parseWith(newUsername, name, 'the name');
        const email = parseWith(emailSchema, options.email, 'the e-mail address');
        const { password, generated } = await takePassword(options);
        const account = await addAccount(admin, { username, email, password });
        if (options.json) return printJson({ ...account, ...(generated && { password }) });
        note(`added ${printable(username)}`);
        if (generated) await printLine(password);
      }),
    );

  user
    .command('disable <name>')
    .description(
      'end all sessions of an account and refuse further logins; effective on a running server at once',
    )
    .option('--yes', 'skip the confirmation')
    .option('--json', 'print the account as JSON')
    .action((username: string, options: Yes & Json) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        await confirm(`Disable ${printable(username)} and end all sessions?`, options);
        const account = await disableAccount(admin, username);
        if (options.json) return printJson(account);
        note(`disabled ${printable(username)}`);
      }),
    );

  user
    .command('enable <name>')
    .description('let a disabled account log in again')
    .option('--json', 'print the account as JSON')
    .action((username: string, options: Json) =>
      withAdmin(async (admin) => {
        const account = await enableAccount(admin, username);
        if (options.json) return printJson(account);
        note(`enabled ${printable(username)}`);
      }),
    );

  passwordOptions(user.command('reset-password <name>'))
    .description('give an account a new password and end its sessions')
    .option('--json', 'print the name, and a generated password, as JSON')
    .action((username: string, options: PasswordOptions & Json) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        const { password, generated } = await takePassword(options);
        await resetPassword(admin, { username, password });
        if (options.json) return printJson({ username, ...(generated && { password }) });
        note(`reset the password of ${printable(username)} and ended all sessions`);
        if (generated) await printLine(password);
      }),
    );

  user
    .command('sessions <name>')
    .description('list the open sessions of an account, oldest first; tokens are stored only as hashes')
    .option('--json', 'print one JSON object per line')
    .action((username: string, options: Json) =>
      withAdmin(async (admin) =>
        printRows(
          await listOpenSessions(admin, username),
          {
            id: ({ id }) => id,
            device: ({ device }) => device,
            created: ({ createdAt }) => createdAt,
            expires: ({ expiresAt }) => expiresAt,
          },
          options,
        ),
      ),
    );
}

function passwordOptions(command: Command): Command {
  return command
    .option('--password-stdin', 'read the password from standard input until end of file')
    .option('--generate', 'generate a password and print it')
    .addHelpText('after', passwordHelp);
}
