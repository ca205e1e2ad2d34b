/** Mirage with a large inbox among the messages of others. It is ready when the background has indexed it. */
import { statSync } from 'node:fs';
import { options, serve } from '../lib/child.ts';
import { openMirage, portOf } from '../lib/mirage.ts';
import { settle } from '../lib/people.ts';
import { fillInboxAtScale, type Rows } from '../lib/scale-rows.ts';

const { databasePath, ...rows } = options<Rows & { databasePath: string }>();
const migrating = await openMirage({ databasePath });
const people = await settle(migrating.deps, 1);
await migrating.close();
fillInboxAtScale(databasePath, rows);
const bytesBefore = statSync(databasePath).size;

const before = process.cpuUsage();
const server = await openMirage({ databasePath });
await server.deps.inboxSearch.caughtUp();
const { user, system } = process.cpuUsage(before);
await server.deps.db.$queryRaw`PRAGMA wal_checkpoint(TRUNCATE)`;

serve(
  {
    people: () => people,
    index: () => ({
      cpuSeconds: (user + system) / 1e6,
      bytes: statSync(databasePath).size - bytesBefore,
    }),
  },
  { port: portOf(server) },
);
