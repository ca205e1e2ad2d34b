/** Mirage with many inbox messages in the database; it also measures itself, without HTTP. */
import { inbox } from '../lib/built.ts';
import { options, serve } from '../lib/child.ts';
import { costOf } from '../lib/cost.ts';
import { createRawPage, fillInbox, reader } from '../lib/inbox-rows.ts';
import { openMirage, portOf } from '../lib/mirage.ts';
import { settle } from '../lib/people.ts';

const { databasePath, rows } = options<{ databasePath: string; rows: number }>();
const migrating = await openMirage({ databasePath });
const people = await settle(migrating.deps, 1);
await migrating.close();
fillInbox(databasePath, rows);

const server = await openMirage({ databasePath });
const { deps } = server;
const { listInboxMessages, countInboxMessages } = await inbox();
const readRaw = createRawPage(databasePath);
const limit = 50;

serve(
  {
    people: () => people,
    async costs(times: number) {
      return {
        pageUs: await costOf(times, () => listInboxMessages(deps, reader, { limit })),
        olderPageUs: await costOf(times, () =>
          listInboxMessages(deps, reader, { limit, before: Math.floor(rows / 2) }),
        ),
        // One more, because Mirage reads it to know whether there is another page.
        rawUs: await costOf(times, () => readRaw(reader, limit + 1)),
        countUs: await costOf(times, () => countInboxMessages(deps, reader)),
      };
    },
  },
  { port: portOf(server) },
);
