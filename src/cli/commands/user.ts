import type { Command } from 'commander';
import {
  addAccount,
  disableAccount,
  enableAccount,
  findAccount,
  listAccounts,
  listOpenSessions,
  resetPassword,
} from '../../server/services/accounts.ts';
import { email as emailSchema, newUsername } from '../../server/text.ts';
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

const howPasswordsCome =
  '\nThe password is asked for, or taken with --password-stdin or --generate; it is never an argument, since\nothers on this machine could read it.';

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
    .description('every account, in the order of their creation')
    .option('--json', 'one JSON object a line')
    .action((options: Json) => withAdmin((admin) => printRows(listAccounts(admin), accountCells, options)));

  passwordOptions(user.command('add <name>'))
    .description('make an account')
    .requiredOption('--email <address>', 'its e-mail address, which no other account may have')
    .option('--json', 'the account as JSON; with --generate, its password too')
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
    .description('end the sessions of an account and let nobody log in to it; a running server acts at once')
    .option('--yes', 'do not ask')
    .option('--json', 'the account as JSON')
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
    .option('--json', 'the account as JSON')
    .action((username: string, options: Json) =>
      withAdmin(async (admin) => {
        const account = await enableAccount(admin, username);
        if (options.json) return printJson(account);
        note(`enabled ${printable(username)}`);
      }),
    );

  passwordOptions(user.command('reset-password <name>'))
    .description('give an account a new password and end its sessions')
    .option('--json', 'with --generate: the password as JSON')
    .action((username: string, options: PasswordOptions & Json) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        const { password, generated } = await takePassword(options);
        await resetPassword(admin, { username, password });
        if (options.json) return printJson({ username, ...(generated && { password }) });
        note(`${printable(username)} has a new password, and no sessions`);
        if (generated) await printLine(password);
      }),
    );

  user
    .command('sessions <name>')
    .description(
      'where an account is logged in, oldest first; tokens are not known to anybody but their owners',
    )
    .option('--json', 'one JSON object a line')
    .action((username: string, options: Json) =>
      withAdmin(async (admin) =>
        printRows(
          await listOpenSessions(admin, username),
          {
            id: ({ id }) => id,
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
    .option('--password-stdin', 'take the password from standard input, up to its end')
    .option('--generate', 'make up a password and print it')
    .addHelpText('after', howPasswordsCome);
}
