import type { Command } from 'commander';
import { z } from 'zod';
import { rowId, time, tokenName } from '../../server/core/validation.ts';
import { findAccount } from '../../server/services/accounts/accounts.ts';
import { createAccessToken, listAccessTokens } from '../../server/services/sessions/access-tokens.ts';
import { revokeToken } from '../../server/services/sessions/end-sessions.ts';
import { withAdmin } from '../admin.ts';
import { parseWith } from '../arguments.ts';
import { CommandError } from '../failure.ts';
import { note, printable, printJson, printLine, printRows } from '../output.ts';

interface Json {
  json?: boolean;
}

interface NewToken extends Json {
  scopes: string;
  expires?: string;
}

export function addUserTokenCommands(user: Command): void {
  user
    .command('tokens <name>')
    .description('list the access tokens of an account, newest first; they are stored only as hashes')
    .option('--json', 'print one JSON object per line')
    .action((username: string, options: Json) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        await printRows(
          await listAccessTokens(admin, username),
          {
            id: ({ id }) => id,
            name: ({ name }) => name,
            scopes: ({ scopes }) => scopes.join(','),
            created: ({ createdAt }) => createdAt,
            used: ({ lastUsedAt }) => lastUsedAt,
            expires: ({ expiresAt }) => expiresAt,
          },
          options,
        );
      }),
    );

  user
    .command('create-token <name> <token-name>')
    .description('make an access token for an account and print it; it is not shown again')
    .requiredOption('--scopes <list>', 'what it may call, such as chat:read,chat:write')
    .option('--expires <time>', 'ISO 8601 with an offset, such as 2027-01-31T00:00:00Z; never without it')
    .option('--json', 'print the token and what is known of it as JSON')
    .action((username: string, name: string, options: NewToken) =>
      withAdmin(async (admin) => {
        const scopes = await parseScopes(options.scopes);
        const made = await createAccessToken(admin, {
          username,
          name: parseWith(tokenName, name, 'the name of the token'),
          scopes,
          expiresAt: options.expires === undefined ? undefined : parseTime(options.expires),
        });
        if (options.json) return printJson({ username, ...made });
        await printLine(made.token);
      }),
    );

  user
    .command('revoke-token <name> <id>')
    .description('end an access token and its subscriptions; effective on a running server at once')
    .option('--json', 'print the name and the id as JSON')
    .action((username: string, given: string, options: Json) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        const { data: id } = rowId.safeParse(Number(given));
        if (id === undefined)
          throw new CommandError('the id must be a number, as `mirage user tokens` prints it');
        await revokeToken(admin, { id, username });
        if (options.json) return printJson({ username, id });
        note(`revoked the access token ${id} of ${printable(username)}`);
      }),
    );
}

/** The routers tell which scopes there are. Loaded only where it matters, as they are most of the server. */
async function parseScopes(given: string): Promise<string[]> {
  const { scope, scopes } = await import('../../server/api/scopes.ts');
  const { data } = z.array(scope).safeParse(given.split(','));
  if (!data) throw new CommandError(`--scopes must be some of ${scopes.join(', ')}, separated by commas`);
  return [...new Set(data)];
}

function parseTime(given: string): Date {
  const { data, error } = time.safeParse(given);
  if (!data) throw new CommandError(`--expires: ${error?.issues[0]?.message ?? 'invalid'}`);
  return data;
}
