import type { Command } from 'commander';
import { email as emailSchema, newUsername, rowId } from '../../server/core/validation.ts';
import {
  addAccount,
  disableAccount,
  enableAccount,
  findAccount,
  listAccounts,
  listOpenSessions,
  markEmailVerified,
  requirePassword,
  resetPassword,
  showAccount,
} from '../../server/services/accounts/accounts.ts';
import { addBot } from '../../server/services/accounts/bots.ts';
import { createResetLink } from '../../server/services/accounts/password-reset.ts';
import { removeAvatar } from '../../server/services/accounts/profiles.ts';
import { listWaysIn, unlinkAsAdministrator } from '../../server/services/identities/identities.ts';
import { type Admin, withAdmin } from '../admin.ts';
import { parseWith } from '../arguments.ts';
import { CommandError } from '../failure.ts';
import { note, printable, printJson, printLine, printRows } from '../output.ts';
import { type PasswordOptions, takePassword } from '../password.ts';
import { confirm } from '../prompt.ts';
import { addUserDataCommands } from './user-data.ts';
import { addUserFactorCommands } from './user-factors.ts';
import { addUserTokenCommands } from './user-tokens.ts';

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
  bot: (account: { isBot: boolean }) => (account.isBot ? 'yes' : null),
};

export function addUserCommands(program: Command): void {
  const user = program
    .command('user')
    .description(
      'accounts: list, show, add, add-bot, disable, enable, reset-password, reset-link, verify-email, remove-avatar, unlink, sessions, factors, reset-factors, tokens, create-token, revoke-token, delete, export',
    );

  user
    .command('list')
    .description('list all accounts in order of creation')
    .option('--json', 'print one JSON object per line')
    .action((options: Json) => withAdmin((admin) => printRows(listAccounts(admin), accountCells, options)));

  user
    .command('show <name>')
    .description(
      'show an account, whether its e-mail address is verified, and how its owner can log in: by a password, and by other services with the ids that unlink takes',
    )
    .option('--json', 'print it as JSON')
    .action((username: string, options: Json) =>
      withAdmin(async (admin) => {
        const account = await showAccount(admin, username);
        const waysIn = await waysInOf(admin, username);
        if (options.json) return printJson({ ...account, ...waysIn });
        await printRows(
          [account],
          {
            ...accountCells,
            verified: ({ emailVerifiedAt }) => emailVerifiedAt,
            'new email': ({ pendingEmail }) => pendingEmail,
            'log-in': () =>
              [
                ...(waysIn.hasPassword ? ['password'] : []),
                ...waysIn.identities.map(({ id, issuer, label }) => `${issuer ?? label} (${id})`),
              ].join(', '),
          },
          options,
        );
      }),
    );

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
    .command('add-bot <name>')
    .description('create the account of a program: without a password, for access tokens from create-token')
    .option('--json', 'print the account as JSON')
    .action((name: string, options: Json) =>
      withAdmin(async (admin) => {
        const username = parseWith(newUsername, name, 'the name');
        const account = await addBot(admin, { username });
        if (options.json) return printJson(account);
        note(`added the bot ${printable(username)}`);
      }),
    );

  user
    .command('disable <name>')
    .description(
      'end all sessions and access tokens of an account and refuse further logins; effective on a running server at once',
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
    .description('give an account a new password and end its sessions and access tokens')
    .option('--json', 'print the name, and a generated password, as JSON')
    .action((username: string, options: PasswordOptions & Json) =>
      withAdmin(async (admin) => {
        await requirePassword(admin, username);
        const { password, generated } = await takePassword(options);
        await resetPassword(admin, { username, password });
        if (options.json) return printJson({ username, ...(generated && { password }) });
        note(`reset the password of ${printable(username)} and ended all sessions`);
        if (generated) await printLine(password);
      }),
    );

  user
    .command('reset-link <name>')
    .description('print a link with which whoever opens it within an hour can choose a new password, once')
    .option('--json', 'print the name and the link as JSON')
    .action((username: string, options: Json) =>
      withAdmin(async (admin) => {
        const { publicUrl } = admin.config;
        if (publicUrl === undefined)
          throw new CommandError('the link is built from PUBLIC_URL: set it first');
        const link = await createResetLink(admin, { username, publicUrl });
        if (options.json) return printJson({ username, link });
        await printLine(link);
      }),
    );

  user
    .command('verify-email <name>')
    .description('take the e-mail address of an account as verified, on your word')
    .option('--json', 'print the account as JSON')
    .action((username: string, options: Json) =>
      withAdmin(async (admin) => {
        const account = await markEmailVerified(admin, username);
        if (options.json) return printJson(account);
        note(`took the e-mail address of ${printable(username)} as verified`);
      }),
    );

  user
    .command('remove-avatar <name>')
    .description('remove the avatar of an account; whoever has its address no longer finds it')
    .option('--yes', 'skip the confirmation')
    .option('--json', 'print the name as JSON')
    .action((username: string, options: Yes & Json) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        await confirm(`Remove the avatar of ${printable(username)}?`, options);
        await removeAvatar(admin, username);
        if (options.json) return printJson({ username });
        note(`removed the avatar of ${printable(username)}`);
      }),
    );

  user
    .command('unlink <name> <id>')
    .description(
      'unlink the log-in of another service from an account and end its sessions; show lists the ids. It may be the last way in',
    )
    .option('--yes', 'skip the confirmation')
    .option('--json', 'print what is left as JSON')
    .action((username: string, id: string, options: Yes & Json) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        const { data: identityId } = rowId.safeParse(Number(id));
        if (identityId === undefined)
          throw new CommandError('the id must be a number, as `mirage user show` prints it');
        await confirm(`Unlink the log-in ${identityId} from ${printable(username)}?`, options);
        const deps = { ...admin, ...issuersOf(admin) };
        const left = await unlinkAsAdministrator(deps, username, identityId);
        if (options.json) return printJson(left);
        note(`unlinked a log-in from ${printable(username)}`);
        if (!left.hasPassword && left.identities.length === 0)
          note('there is no way left to log in: reset-link or reset-password give one');
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
            method: ({ method }) => method,
            created: ({ createdAt }) => createdAt,
            expires: ({ expiresAt }) => expiresAt,
          },
          options,
        ),
      ),
    );

  addUserFactorCommands(user);
  addUserTokenCommands(user);
  addUserDataCommands(user);
}

const issuersOf = ({ config }: Admin) => ({ issuers: { all: config.oidc } });

const waysInOf = (admin: Admin, username: string) =>
  listWaysIn({ db: admin.db, ...issuersOf(admin) }, username);

function passwordOptions(command: Command): Command {
  return command
    .option('--password-stdin', 'read the password from standard input until end of file')
    .option('--generate', 'generate a password and print it')
    .addHelpText('after', passwordHelp);
}
