import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { isBlockBetween } from '../../infra/db/privacy-sql.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import type { Deps } from '../shared/deps.ts';
import { type Change, changeInboxes } from './changes.ts';
import { type MarkRow, markColumn, positionOf, toMark } from './positions.ts';

export interface InboxCounts {
  /** Messages that the user sees; one to oneself counts once. */
  total: number;
  /** Received and not read. */
  unread: number;
  unreadConversations: number;
}

export interface InboxCountsNow extends InboxCounts {
  position: string;
}

type CountsRow = MarkRow & Record<keyof InboxCounts, number | bigint | null>;

/** Of a user's conversations; kept along with the messages. */
const countColumns = Prisma.sql`${markColumn}, sum(total) AS total, sum(unread) AS unread,
  sum(CASE WHEN unread > 0 THEN 1 ELSE 0 END) AS "unreadConversations"`;

export async function countInboxMessages(
  { sql }: Pick<Deps, 'sql'>,
  username: string,
): Promise<InboxCountsNow> {
  const [row] = await sql<CountsRow>(Prisma.sql`
    SELECT ${countColumns} FROM inbox_conversations WHERE username = ${username}`);
  return toCounts(row as CountsRow); // safe: a sum gives one row, whatever there is to add up
}

const toCounts = (row: CountsRow): InboxCountsNow => ({
  total: Number(row.total ?? 0),
  unread: Number(row.unread ?? 0),
  unreadConversations: Number(row.unreadConversations ?? 0),
  position: positionOf(toMark(row)),
});

type MarkDeps = Pick<Deps, 'sql' | 'bus' | 'log' | 'clock'>;

/** What to mark: what was received in the conversation with `peer`, or in all of them, up to a message or all of it. */
interface Wanted {
  username: string;
  peer: string | undefined;
  upTo: number | undefined;
}

/** A conversation with something to mark. */
interface Target {
  peer: string;
  upTo: number;
}

/**
 * Marks what was received in the conversation `with` a user up to and including the message `upTo` as read, or in all of
 * them. Marks only move forward, and not past the newest message: those yet to come have not been read.
 */
export async function markInboxRead(
  deps: MarkDeps,
  { username, with: peer, upTo }: { username: string; with?: string | undefined; upTo?: number | undefined },
): Promise<InboxCountsNow> {
  const wanted = { username, peer, upTo };
  const counts = await countIfMarked(deps, wanted);
  if (counts) return counts;
  let isMarked = false;
  for (let last = ''; ; ) {
    const targets = await findTargets(deps, wanted, last);
    for (const target of targets) {
      await markConversation(deps, username, { ...target, isAlone: peer !== undefined });
      isMarked = true;
    }
    last = targets.at(-1)?.peer ?? '';
    if (targets.length < maxTargets) break;
  }
  if (isMarked && peer === undefined) await recordMarkOfAll(deps, username, upTo);
  return countInboxMessages(deps, username);
}

/** The newest message that a mark would reach. */
const reachOf = ({ upTo }: Wanted) =>
  upTo === undefined
    ? Prisma.sql`activity_id`
    : Prisma.sql`CASE WHEN activity_id < ${upTo} THEN activity_id ELSE ${upTo} END`;

/** Whether the mark of a conversation would move. Alone, one without anything unread can move too. */
const wouldMove = (wanted: Wanted) =>
  Prisma.sql`${wanted.peer === undefined ? Prisma.sql`unread > 0` : Prisma.sql`peer = ${wanted.peer}`}
    AND read_up_to < ${reachOf(wanted)}`;

/** The counts, if there is nothing to mark; undefined otherwise. Clients mark again and again what they have marked before. */
async function countIfMarked(
  { sql }: Pick<Deps, 'sql'>,
  wanted: Wanted,
): Promise<InboxCountsNow | undefined> {
  const [row] = await sql<CountsRow & { targets: number | bigint | null }>(Prisma.sql`
    SELECT ${countColumns}, sum(CASE WHEN ${wouldMove(wanted)} THEN 1 ELSE 0 END) AS targets
    FROM inbox_conversations WHERE username = ${wanted.username}`);
  return row && Number(row.targets ?? 0) === 0 ? toCounts(row) : undefined;
}

const maxTargets = 200;

/** The next conversations after one, by peer, whose mark would move. */
async function findTargets({ sql }: Pick<Deps, 'sql'>, wanted: Wanted, after: string): Promise<Target[]> {
  const rows = await sql<{ peer: string; up_to: number | bigint }>(Prisma.sql`
    SELECT peer, ${reachOf(wanted)} AS up_to FROM inbox_conversations
    WHERE username = ${wanted.username} AND peer > ${after} AND ${wouldMove(wanted)}
    ORDER BY peer LIMIT ${maxTargets}`);
  return rows.map(({ peer, up_to: upTo }) => ({ peer, upTo: Number(upTo) }));
}

/** Messages that one step of marking counts, so that a conversation of any size blocks nobody for long. */
const maxCounted = 2000;

async function markConversation(
  deps: MarkDeps,
  username: string,
  { isAlone, ...target }: Target & { isAlone: boolean },
): Promise<void> {
  for (let reached = 0; reached < target.upTo; )
    ({ result: reached } = await changeInboxes(deps, async (tx) => {
      const result = await markStep(tx, username, target);
      const changes = result < target.upTo ? [] : await changesOfMark(tx, username, target);
      // Of a mark that covers all conversations, one's own sessions are told once.
      return {
        result,
        changes: isAlone ? changes : changes.filter((change) => change.username !== username),
      };
    }));
}

/** Moves the mark past the next messages that were received, at most `maxCounted`, and returns where it is then. */
async function markStep(tx: Statements, username: string, { peer, upTo }: Target): Promise<number> {
  // Locks the row against messages that arrive meanwhile.
  const [mark] = await tx<Record<'read_up_to' | 'cleared_up_to' | 'activity_id', number | bigint>>(Prisma.sql`
    UPDATE inbox_conversations SET unread = unread WHERE username = ${username} AND peer = ${peer}
    RETURNING read_up_to, cleared_up_to, activity_id`);
  if (!mark || Number(mark.read_up_to) >= upTo) return upTo;
  if (upTo >= Number(mark.activity_id)) {
    await tx.run(Prisma.sql`
      UPDATE inbox_conversations SET read_up_to = ${upTo}, unread = 0 WHERE username = ${username} AND peer = ${peer}`);
    return upTo;
  }
  const [step] = await tx<{
    scanned: number | bigint;
    read: number | bigint;
    last: number | null;
  }>(Prisma.sql`
    SELECT count(*) AS scanned, max(id) AS last, sum(CASE WHEN is_seen THEN 1 ELSE 0 END) AS "read" FROM (
      SELECT id, NOT hidden_from_recipient AND sender <> recipient AND id > ${mark.cleared_up_to} AS is_seen
      FROM inbox_messages
      WHERE sender = ${peer} AND recipient = ${username} AND id > ${mark.read_up_to} AND id <= ${upTo}
      ORDER BY id LIMIT ${maxCounted}) AS next`);
  const isWhole = Number(step?.scanned ?? 0) < maxCounted;
  const reached = isWhole ? upTo : Number(step?.last);
  await tx.run(Prisma.sql`
    UPDATE inbox_conversations SET read_up_to = ${reached}, unread = unread - ${Number(step?.read ?? 0)}
    WHERE username = ${username} AND peer = ${peer}`);
  return reached;
}

/** One's own sessions learn of it, and the peer if receipts are on and neither has blocked the other. */
async function changesOfMark(tx: Statements, username: string, { peer, upTo }: Target): Promise<Change[]> {
  const own: Change = { username, kind: 'read', peer, messageId: upTo, reader: username };
  if (peer === username) return [own];
  const [allowed] = await tx<unknown>(Prisma.sql`
    SELECT 1 FROM users WHERE username = ${username} AND read_receipts AND NOT ${isBlockBetween(username, peer)}`);
  return allowed
    ? [own, { username: peer, kind: 'read', peer: username, messageId: upTo, reader: username }]
    : [own];
}

async function recordMarkOfAll(deps: MarkDeps, username: string, upTo: number | undefined): Promise<void> {
  await changeInboxes(deps, async (tx) => {
    const [newest] = await tx<{ id: number | bigint | null }>(Prisma.sql`
      SELECT max(activity_id) AS id FROM inbox_conversations WHERE username = ${username}`);
    const messageId = Math.min(upTo ?? Number.POSITIVE_INFINITY, Number(newest?.id ?? 0));
    return { changes: [{ username, kind: 'read', messageId, reader: username }], result: undefined };
  });
}
