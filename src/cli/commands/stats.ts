import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { askHolder } from '../../server/infra/bus/control-socket.ts';
import { countEverything } from '../../server/services/operations/stats.ts';
import { withAdmin } from '../admin.ts';
import { printJson, printLine } from '../output.ts';

export function addStatsCommand(program: Command): void {
  program
    .command('stats')
    .description('row counts of the database and the state of the running server')
    .option('--json', 'print one JSON object')
    .action(({ json }: { json?: boolean }) =>
      withAdmin(async (admin) => {
        const { databasePath: path } = admin;
        const stats = {
          ...(await countEverything(admin)),
          databaseBytes: path === undefined ? undefined : statSync(path).size,
          // From the process that uses the file, if any; servers on Postgres have no control socket.
          server: path === undefined ? undefined : ((await askHolder(path, { do: 'status' })) ?? null),
        };
        if (json) return printJson(stats);
        for (const [name, value] of Object.entries({
          ...stats,
          server: undefined,
          ...serverLines(stats.server),
        }))
          if (value !== undefined) await printLine(`${name.padEnd(24)}${String(value)}`);
      }),
    );
}

function serverLines(server: unknown): Record<string, unknown> {
  if (server === undefined) return {};
  if (typeof server !== 'object' || server === null) return { server: 'not running' };
  return Object.fromEntries(Object.entries(server).map(([name, value]) => [`server ${name}`, value]));
}
