import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { isBlockBetween } from '../../infra/db/privacy-sql.ts';
import { type Change, changeInboxes, type Transaction } from '../inbox/changes.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { announcePresenceRules } from './announce.ts';

type BlockDeps = Pick<Deps, 'db' | 'sql' | 'bus' | 'log' | 'clock' | 'limits' | 'metrics'>;

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
    const added = await tx.$executeRaw`
      INSERT INTO user_blocks (username, blocked, created_at, read_up_to, blocked_read_up_to)
      VALUES (${username}, ${blocked}, ${new Date(deps.clock())}, ${markOf(username, blocked)}, ${markOf(blocked, username)})
      ON CONFLICT (username, blocked) DO NOTHING`;
    if (added === 0) return { changes: [], result: undefined };
    const [blocks] = await tx.$queryRaw<{ count: number | bigint }[]>`
      SELECT count(*) AS count FROM user_blocks WHERE username = ${username}`;
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
    await requireUser(tx, blocked);
    const [ended] = await tx.$queryRaw<Record<'read_up_to' | 'blocked_read_up_to', number | bigint>[]>`
      DELETE FROM user_blocks WHERE username = ${username} AND blocked = ${blocked}
      RETURNING read_up_to, blocked_read_up_to`;
    if (!ended) return { changes: [], result: undefined };
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
  tx: Transaction,
  { reader, peer, since }: { reader: string; peer: string; since: number | bigint },
): Promise<Change[]> {
  const [mark] = await tx.$queryRaw<{ read_up_to: number | bigint }[]>`
    SELECT c.read_up_to FROM inbox_conversations c JOIN users u ON u.username = c.username AND u.read_receipts
    WHERE c.username = ${reader} AND c.peer = ${peer} AND c.read_up_to > ${since}
      AND NOT ${isBlockBetween(Prisma.sql`c.username`, Prisma.sql`c.peer`)}`;
  if (!mark) return [];
  return [{ username: peer, kind: 'read', peer: reader, messageId: Number(mark.read_up_to), reader }];
}

/** Latest first. */
export async function listBlockedUsers({ db }: Pick<Deps, 'db'>, username: string): Promise<Block[]> {
  const rows = await db.userBlock.findMany({
    where: { username },
    select: { blocked: true, createdAt: true },
    orderBy: [{ createdAt: 'desc' }, { blocked: 'asc' }],
  });
  return rows.map(({ blocked, createdAt }) => ({ username: blocked, blockedAt: createdAt }));
}

async function requireUser(tx: Transaction, username: string): Promise<void> {
  const [user] = await tx.$queryRaw<unknown[]>`SELECT 1 FROM users WHERE username = ${username}`;
  if (!user) throw new AppError('USER_NOT_FOUND');
}
