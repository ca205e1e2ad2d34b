import { AppError } from '../../core/errors.ts';
import type { Deps } from '../shared/deps.ts';
import { type Actor, requirePower, roleOf, type Transaction, withPower } from './authority.ts';
import { announceEnding, endMembership } from './leaving.ts';
import type { Membership } from './membership.ts';
import { outranks } from './powers.ts';
import { requireSomebodyElse } from './roles.ts';
import type { TellDeps } from './system-messages.ts';

/** Few enough to go along with a deleted room in one statement. */
const maxBans = 10_000;

interface Removal extends Actor, Membership {
  ban?: boolean | undefined;
  /** Null for a ban that stays. */
  until?: Date | undefined;
}

/**
 * Ends the membership of somebody with a lower role, and keeps them out with `ban`, which may also be for somebody who is no
 * member. Throws 'ROLE_REQUIRED', 'USER_NOT_FOUND' or 'BAN_LIMIT'.
 */
export async function removeMember(
  deps: Pick<Deps, 'db' | 'sql' | 'clock'> & TellDeps,
  { roomId, by, username, ban = false, until }: Removal,
): Promise<void> {
  requireSomebodyElse(by, username);
  const ending = await withPower(deps, { roomId, by }, 'removeMembers', async (tx, rank) => {
    const role = await roleOf(tx, { roomId, username });
    if (role === undefined && !(ban && (await isUser(tx, username)))) throw new AppError('USER_NOT_FOUND');
    if (role !== undefined && !outranks(rank, role)) throw new AppError('ROLE_REQUIRED');
    if (ban) await addBan(tx, { roomId, by, username, until, now: new Date(deps.clock()) });
    return endMembership(tx, { roomId, username });
  });
  if (ending) await announceEnding(deps, { roomId, username, reason: ban ? 'banned' : 'removed' }, ending);
}

async function isUser(tx: Transaction, username: string): Promise<boolean> {
  return (await tx.user.findUnique({ where: { username }, select: { id: true } })) !== null;
}

/** Another ban of the same user takes the place of the first. Bans that are over make room. */
async function addBan(
  tx: Transaction,
  {
    roomId,
    by,
    username,
    until = null,
    now,
  }: Actor & Membership & { until?: Date | null | undefined; now: Date },
): Promise<void> {
  await tx.roomBan.deleteMany({ where: { roomId, OR: [{ username }, { until: { lte: now } }] } });
  if ((await tx.roomBan.count({ where: { roomId } })) >= maxBans) throw new AppError('BAN_LIMIT');
  await tx.roomBan.create({ data: { roomId, username, bannedBy: by, createdAt: now, until } });
}

/** Lets a banned user join again. Idempotent. */
export async function unban(
  deps: Pick<Deps, 'db' | 'config'>,
  { roomId, by, username }: Actor & Membership,
): Promise<void> {
  await withPower(deps, { roomId, by }, 'removeMembers', (tx) =>
    tx.roomBan.deleteMany({ where: { roomId, username } }),
  );
}

/** Somebody who may not join a room. */
export interface Ban {
  username: string;
  /** Null for an administrator. */
  bannedBy: string | null;
  createdAt: Date;
  /** Null for a ban that stays. */
  until: Date | null;
}

/** The bans that are not over, by name. */
export async function listBans(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { roomId, by, limit, cursor }: Actor & { limit: number; cursor?: string | undefined },
): Promise<{ bans: Ban[]; nextCursor: string | null }> {
  await requirePower(db, { roomId, by }, 'removeMembers');
  const rows = await db.roomBan.findMany({
    where: {
      roomId,
      OR: [{ until: null }, { until: { gt: new Date(clock()) } }],
      ...(cursor !== undefined && { username: { gt: cursor } }),
    },
    orderBy: { username: 'asc' },
    take: limit + 1,
    select: { username: true, bannedBy: true, createdAt: true, until: true },
  });
  const bans = rows.slice(0, limit);
  return { bans, nextCursor: rows.length > limit ? (bans.at(-1)?.username ?? null) : null };
}
