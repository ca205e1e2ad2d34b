import type { Command } from 'commander';
import { findAccount } from '../../server/services/accounts/accounts.ts';
import { listFactors, resetFactors } from '../../server/services/factors/factors.ts';
import { withAdmin } from '../admin.ts';
import { note, printable, printJson, printRows } from '../output.ts';
import { confirm } from '../prompt.ts';

interface Json {
  json?: boolean;
}

interface Row {
  kind: 'app' | 'passkey' | 'recovery codes';
  name: string | null;
  createdAt: Date | null;
  lastUsedAt: Date | null;
  /** How many recovery codes are left. */
  left: number | null;
}

export function addUserFactorCommands(user: Command): void {
  user
    .command('factors <name>')
    .description(
      'list the second factors of an account, and how many recovery codes are left; no secret is shown',
    )
    .option('--json', 'print one JSON object per line')
    .action((username: string, options: Json) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        await printRows(
          rowsOf(await listFactors(admin, username)),
          {
            kind: ({ kind }) => kind,
            name: ({ name }) => name,
            created: ({ createdAt }) => createdAt,
            used: ({ lastUsedAt }) => lastUsedAt,
            left: ({ left }) => left,
          },
          options,
        );
      }),
    );

  user
    .command('reset-factors <name>')
    .description(
      'remove the app, the passkeys and the recovery codes of an account whose user has lost them, and end its sessions',
    )
    .option('--yes', 'skip the confirmation')
    .option('--json', 'print the name as JSON')
    .action((username: string, options: Json & { yes?: boolean }) =>
      withAdmin(async (admin) => {
        await findAccount(admin, username);
        await confirm(
          `Remove all second factors of ${printable(username)}, and end all sessions? Make sure first who asks for it.`,
          options,
        );
        await resetFactors(admin, username);
        if (options.json) return printJson({ username });
        note(`removed the second factors of ${printable(username)} and ended all sessions`);
      }),
    );
}

function rowsOf({ totp, passkeys, recoveryCodesLeft }: Awaited<ReturnType<typeof listFactors>>): Row[] {
  const rows: Row[] = [];
  if (totp) rows.push({ kind: 'app', name: null, createdAt: totp.createdAt, lastUsedAt: null, left: null });
  for (const { name, createdAt, lastUsedAt } of passkeys)
    rows.push({ kind: 'passkey', name, createdAt, lastUsedAt, left: null });
  if (rows.length > 0)
    rows.push({
      kind: 'recovery codes',
      name: null,
      createdAt: null,
      lastUsedAt: null,
      left: recoveryCodesLeft,
    });
  return rows;
}
