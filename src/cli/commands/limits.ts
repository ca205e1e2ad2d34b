import type { Command } from 'commander';
import { isDatabaseFile } from '../../server/infra/db/database-file.ts';
import { liftLimits, subjectOf } from '../../server/services/operations/rate-limits.ts';
import { type Admin, withAdmin } from '../admin.ts';
import { CommandError } from '../failure.ts';
import { printRows } from '../output.ts';

interface Json {
  json?: boolean;
}

type Reached = Awaited<ReturnType<Admin['limits']['reached']>>[number];

const cells = {
  limit: ({ name }: Reached) => name,
  user: (limit: Reached) => subjectOf(limit).user ?? null,
  address: (limit: Reached) => subjectOf(limit).address ?? null,
  seconds: ({ retryAfterMs }: Reached) => Math.ceil(retryAfterMs / 1000),
};

const printLimits = (reached: Reached[], { json }: Json) =>
  printRows(json ? reached.map((limit) => ({ ...limit, ...subjectOf(limit) })) : reached, cells, { json });

export function addLimitsCommands(program: Command): void {
  const limits = program
    .command('limits')
    .description('rate limits that refuse callers at present: list, lift');

  limits
    .command('list')
    .description('list the limits that refuse callers at present, and for how many seconds')
    .option('--json', 'print one JSON object per line')
    .action((options: Json) =>
      withAdmin(async (admin) => {
        requireReachable(admin);
        await printLimits(await admin.limits.reached(), options);
      }),
    );

  limits
    .command('lift')
    .description('let callers try again at once, and print the limits that were lifted')
    .option('--user <name>', 'the limits of this user')
    .option('--address <address>', 'the limits of this address; for IPv6, of its /64 network')
    .option('--all', 'all limits')
    .option('--json', 'print one JSON object per line')
    .action((options: Json & { user?: string; address?: string; all?: boolean }) =>
      withAdmin(async (admin) => {
        requireReachable(admin);
        const { user, address, all } = options;
        if (!all && user === undefined && address === undefined)
          throw new CommandError('choose the limits to lift with --user, --address or --all');
        const filter = { ...(user !== undefined && { user }), ...(address !== undefined && { address }) };
        await printLimits(await liftLimits(admin.limits, all ? 'all' : filter), options);
      }),
    );
}

/** A single server on Postgres keeps its limits in memory, which no command can reach. */
function requireReachable({ config: { databaseUrl, redis } }: Admin): void {
  if (!isDatabaseFile(databaseUrl) && redis === undefined)
    throw new CommandError(
      'a server on Postgres without REDIS_URL keeps its limits in memory; restart it to lift them',
    );
}
