import type { EphemeralEvent } from '../../infra/bus/event-bus.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import type { Deps } from '../shared/deps.ts';
import { publish } from '../shared/publish.ts';
import { type Mark, type MarkRow, markColumn, positionOf, toMark } from './positions.ts';

/** What happened to a message or a mark, for one of the users who are to learn of it. */
export interface Change {
  username: string;
  kind: 'edited' | 'deleted' | 'reaction' | 'read' | 'conversation';
  /** The other side of the conversation; absent for a mark that covers all of them. */
  peer?: string | undefined;
  /** For `read`, the message up to which; for `conversation`, the one up to which it was cleared. */
  messageId?: number | undefined;
  /** For `read`: whose mark it is. */
  reader?: string | undefined;
}

export const inboxTopic = (username: string) => `inbox:${username}`;

/** Signals each of them once that there is something new to read, or passes on an event that is stored nowhere. */
export async function notifyInboxes(
  deps: Pick<Deps, 'bus' | 'log'>,
  usernames: string[],
  event?: EphemeralEvent,
): Promise<void> {
  await Promise.all([...new Set(usernames)].map((username) => publish(deps, inboxTopic(username), event)));
}

/**
 * Runs `work` in a transaction, records the changes it returns along with their cause, and signals who is to learn of
 * them. The position is the one after these changes.
 */
export async function changeInboxes<Result>(
  deps: Pick<Deps, 'sql' | 'bus' | 'log' | 'clock'>,
  work: (tx: Statements) => Promise<{ changes: Change[]; result: Result }>,
): Promise<{ result: Result; position: string }> {
  const { changes, result, position } = await deps.sql.transaction(async (tx) => {
    await takeOrderLock(tx);
    const { changes, result } = await work(tx);
    await recordChanges(tx, changes, new Date(deps.clock()));
    const [row] = await tx<MarkRow>(Prisma.sql`SELECT ${markColumn}`);
    return { changes, result, position: positionOf(toMark(row as MarkRow)) }; // safe: a SELECT without FROM gives one row
  });
  await notifyInboxes(
    deps,
    changes.map(({ username }) => username),
  );
  return { result, position };
}

/**
 * On Postgres an insert into the table of changes first takes the lock under which messages get their ids, even one of no
 * rows. Taken before any row is locked, so that transactions wait for each other in one order. On SQLite it does nothing.
 */
const takeOrderLock = (tx: Statements) =>
  tx.run(Prisma.sql`
  INSERT INTO inbox_changes (username, kind, after_message_id, created_at)
  SELECT '', '', 0, ${new Date(0)} WHERE false`);

async function recordChanges(tx: Statements, changes: Change[], createdAt: Date): Promise<void> {
  if (changes.length === 0) return;
  // Those that have just been deleted were there as well: with the newest of all, the order must not go back.
  const deleted = changes.map(({ kind, messageId = 0 }) => (kind === 'deleted' ? messageId : 0));
  const newestMessage = Prisma.sql`(
    SELECT max(place) FROM (
      SELECT max(id) AS place FROM inbox_messages
      UNION ALL
      SELECT after_message_id FROM (SELECT after_message_id FROM inbox_changes ORDER BY id DESC LIMIT 1) AS latest
      UNION ALL
      SELECT CAST(${Math.max(...deleted)} AS INTEGER)) AS places)`;
  const rows = changes.map(
    ({ username, kind, peer, messageId, reader }) =>
      Prisma.sql`(${username}, ${kind}, ${peer ?? null}, ${messageId ?? null}, ${reader ?? null}, ${newestMessage}, ${createdAt})`,
  );
  await tx.run(Prisma.sql`
    INSERT INTO inbox_changes (username, kind, peer, message_id, reader, after_message_id, created_at)
    VALUES ${Prisma.join(rows)}`);
}

export interface ChangeRow {
  id: number | bigint;
  kind: Change['kind'];
  peer: string | null;
  message_id: number | bigint | null;
  reader: string | null;
  after_message_id: number | bigint;
}

/** The changes that a user is to learn of, in their order: those after `mark` and up to `until`. */
export function readChanges(
  { sql }: Pick<Deps, 'sql'>,
  username: string,
  mark: Mark,
  { until, limit }: { until: number; limit: number },
): Promise<ChangeRow[]> {
  return sql<ChangeRow>(Prisma.sql`
    SELECT id, kind, peer, message_id, reader, after_message_id FROM inbox_changes
    WHERE username = ${username} AND id > ${mark.change} AND id <= ${until}
    ORDER BY id LIMIT ${limit}`);
}
