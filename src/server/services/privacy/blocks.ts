import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { isBlockBetween } from '../../infra/db/privacy-sql.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import { type Change, changeInboxes } from '../inbox/changes.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { announcePresenceRules } from './announce.ts';

type BlockDeps = Pick<Deps, 'sql' | 'bus' | 'log' | 'clock' | 'limits' | 'metrics'>;

/** Somebody whom the user has blocked. */
export interface Block {
  username: string;
  blockedAt: Date;
}

/** Few enough for one answer. */
const maxBlocks = 1000;

/**
 * From now on nothing that `blocked` writes reaches the user, nor do either's typing, read marks and presence reach the
 * other. Only the user's own sessions are told. Idempotent.
 */
export async function blockUser(
  deps: BlockDeps,
  { username, blocked }: { username: string; blocked: string },
): Promise<{ position: string }> {
  if (username === blocked) {
    const message = 'must be another user';
    throw new AppError('INVALID_INPUT', { message, issues: [{ path: 'username', message }] });
  }
  await requireWithinLimit(deps, 'privacy', username);
  const { position } = await changeInboxes(deps, async (tx) => {
    await requireUser(tx, blocked);
    const markOf = (reader: string, peer: string) => Prisma.sql`
      coalesce((SELECT read_up_to FROM inbox_conversations WHERE username = ${reader} AND peer = ${peer}), 0)`;
    const added = await tx.run(Prisma.sql`
      INSERT INTO user_blocks (username, blocked, created_at, read_up_to, blocked_read_up_to)
      VALUES (${username}, ${blocked}, ${new Date(deps.clock())}, ${markOf(username, blocked)}, ${markOf(blocked, username)})
      ON CONFLICT (username, blocked) DO NOTHING`);
    if (added === 0) return { changes: [], result: undefined };
    const [blocks] = await tx<{ count: number | bigint }>(Prisma.sql`
      SELECT count(*) AS count FROM user_blocks WHERE username = ${username}`);
    if (Number(blocks?.count) > maxBlocks) throw new AppError('BLOCK_LIMIT');
    return { changes: [{ username, kind: 'conversation', peer: blocked }], result: undefined };
  });
  await announcePresenceRules(deps, [username, blocked]);
  return { position };
}

/** Withheld messages stay withheld. Read marks are shared again, starting with the current ones. */
export async function unblockUser(
  deps: BlockDeps,
  { username, blocked }: { username: string; blocked: string },
): Promise<{ position: string }> {
  await requireWithinLimit(deps, 'privacy', username);
  const { position } = await changeInboxes(deps, async (tx) => {
    const [ended] = await tx<Record<'read_up_to' | 'blocked_read_up_to', number | bigint>>(Prisma.sql`
      DELETE FROM user_blocks WHERE username = ${username} AND blocked = ${blocked}
      RETURNING read_up_to, blocked_read_up_to`);
    if (!ended) {
      // One who has left can be unblocked as well.
      await requireUser(tx, blocked);
      return { changes: [], result: undefined };
    }
    const marks = [
      ...(await movedMark(tx, { reader: username, peer: blocked, since: ended.read_up_to })),
      ...(await movedMark(tx, { reader: blocked, peer: username, since: ended.blocked_read_up_to })),
    ];
    return { changes: [{ username, kind: 'conversation', peer: blocked }, ...marks], result: undefined };
  });
  await announcePresenceRules(deps, [username, blocked]);
  return { position };
}

/** What the peer is to be told of the reader's mark, now that no block lies between them any more. */
async function movedMark(
  tx: Statements,
  { reader, peer, since }: { reader: string; peer: string; since: number | bigint },
): Promise<Change[]> {
  const [mark] = await tx<{ read_up_to: number | bigint }>(Prisma.sql`
    SELECT c.read_up_to FROM inbox_conversations c JOIN users u ON u.username = c.username AND u.read_receipts
    WHERE c.username = ${reader} AND c.peer = ${peer} AND c.read_up_to > ${since}
      AND NOT ${isBlockBetween(Prisma.sql`c.username`, Prisma.sql`c.peer`)}`);
  if (!mark) return [];
  return [{ username: peer, kind: 'read', peer: reader, messageId: Number(mark.read_up_to), reader }];
}

/** Latest first. */
export async function listBlockedUsers({ sql }: Pick<Deps, 'sql'>, username: string): Promise<Block[]> {
  const rows = await sql<{ blocked: string; createdAt: Date | string }>(Prisma.sql`
    SELECT blocked, created_at AS "createdAt" FROM user_blocks WHERE username = ${username}
    ORDER BY created_at DESC, blocked`);
  return rows.map(({ blocked, createdAt }) => ({ username: blocked, blockedAt: new Date(createdAt) }));
}

async function requireUser(tx: Statements, username: string): Promise<void> {
  const [user] = await tx<unknown>(Prisma.sql`SELECT 1 FROM users WHERE username = ${username}`);
  if (!user) throw new AppError('USER_NOT_FOUND');
}
