import type { Deps } from '../context.ts';
import { Prisma } from '../generated/sqlite/client.ts';
import { LiveEvent } from '../live/batch.ts';
import type { Subscription } from '../live/subscription.ts';
import {
  type InboxMessage,
  type InboxRow,
  messageColumns,
  messageJoins,
  toInboxMessage,
} from './inbox-rows.ts';
import { openSubscription, type Subscriber, tell } from './live.ts';

export type InboxEvent = { type: 'message'; message: InboxMessage };
export type InboxNotice =
  | { type: 'deleted'; id: number }
  /** Everything that `reader` received up to this id has been read. */
  | { type: 'read'; reader: string; upTo: number };

const inboxTopic = (username: string) => `inbox:${username}`;

/** Signals each of them once, with what happened to messages that are there already. */
export async function tellInboxes(
  deps: Pick<Deps, 'bus' | 'log'>,
  usernames: string[],
  notice?: InboxNotice,
): Promise<void> {
  for (const username of new Set(usernames)) await tell(deps, inboxTopic(username), notice);
}

const maxEventsRead = 200;

/**
 * The user's messages as they are stored, sent and received: all that are newer than `lastEventId`, however long ago
 * that was, or without it those stored from now on.
 */
export async function followInbox(
  deps: Deps,
  { lastEventId, signal, ...subscriber }: Subscriber & { lastEventId?: string | undefined },
): Promise<Subscription> {
  const { username } = subscriber.session;
  const newest = await newestInboxId(deps);
  // An id that has not been given yet stands for the present: what it would skip is still to come.
  const after = lastEventId === undefined ? newest : Math.min(Number(lastEventId), newest);
  return openSubscription(deps, inboxTopic(username), {
    ...subscriber,
    signal,
    after: String(after),
    source: {
      async read(position) {
        const newest = await newestInboxId(deps);
        const messages = await readInboxAfter(deps, username, Number(position));
        const complete = messages.length < maxEventsRead;
        const last = messages.at(-1)?.id ?? 0;
        return {
          events: messages.map((message) => new LiveEvent({ type: 'message', message }, String(message.id))),
          complete,
          // Messages of others have ids too: all up to the newest there was before the read is covered. It never goes
          // back, as the newest does when it is deleted.
          position: String(complete ? Math.max(last, newest, Number(position)) : last),
        };
      },
      isNewer: (a, b) => Number(a) > Number(b),
    },
  });
}

async function newestInboxId({ sql }: Pick<Deps, 'sql'>): Promise<number> {
  const [row] = await sql<{ newest: number | null }>(
    Prisma.sql`SELECT max(id) AS newest FROM inbox_messages`,
  );
  return row?.newest ?? 0;
}

async function readInboxAfter({ sql }: Pick<Deps, 'sql'>, username: string, after: number) {
  const oldest = (side: Prisma.Sql) => Prisma.sql`
    SELECT id FROM (
      SELECT id FROM inbox_messages WHERE ${side} AND id > ${after} ORDER BY id LIMIT ${maxEventsRead}) AS side`;
  const rows = await sql<InboxRow>(Prisma.sql`
    ${messageColumns}
    FROM (${oldest(Prisma.sql`sender = ${username}`)} UNION ${oldest(Prisma.sql`recipient = ${username}`)}
      ORDER BY id LIMIT ${maxEventsRead}) AS page
    ${messageJoins}
    ORDER BY m.id`);
  return rows.map(toInboxMessage);
}
