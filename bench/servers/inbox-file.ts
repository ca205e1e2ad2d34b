/** Leaves a database that Mirage has migrated, with so many inbox messages, and has finished its work on: they are indexed. */
import { options, serve } from '../lib/child.ts';
import { fillInbox } from '../lib/inbox-rows.ts';
import { openMirage } from '../lib/mirage.ts';
import { settle } from '../lib/people.ts';

const { databasePath, rows } = options<{ databasePath: string; rows: number }>();
const migrating = await openMirage({ databasePath });
if (rows > 0) await settle(migrating.deps, 1);
await migrating.close();

if (rows > 0) {
  fillInbox(databasePath, rows);
  const indexing = await openMirage({ databasePath });
  await indexing.deps.inboxSearch.caughtUp();
  await indexing.close();
}

serve({});
