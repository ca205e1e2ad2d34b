import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import type { Deps } from '../shared/deps.ts';
import { type Actor, requirePower, roleOf, withPower } from './authority.ts';
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

async function isUser(tx: Statements, username: string): Promise<boolean> {
  return (await tx(Prisma.sql`SELECT 1 FROM users WHERE username = ${username}`)).length > 0;
}

/** Another ban of the same user takes the place of the first. Bans that are over make room. */
async function addBan(
  tx: Statements,
  {
    roomId,
    by,
    username,
    until = null,
    now,
  }: Actor & Membership & { until?: Date | null | undefined; now: Date },
): Promise<void> {
  await tx.run(Prisma.sql`
    DELETE FROM room_bans WHERE room_id = ${roomId} AND (username = ${username} OR until <= ${now})`);
  const [others] = await tx<{ bans: number | bigint }>(Prisma.sql`
    SELECT count(*) AS bans FROM room_bans WHERE room_id = ${roomId}`);
  if (Number(others?.bans) >= maxBans) throw new AppError('BAN_LIMIT');
  await tx.run(Prisma.sql`
    INSERT INTO room_bans (room_id, username, banned_by, created_at, until)
    VALUES (${roomId}, ${username}, ${by}, ${now}, ${until})`);
}

/** Lets a banned user join again. Idempotent. */
export async function unban(
  deps: Pick<Deps, 'sql' | 'config'>,
  { roomId, by, username }: Actor & Membership,
): Promise<void> {
  await withPower(deps, { roomId, by }, 'removeMembers', (tx) =>
    tx.run(Prisma.sql`DELETE FROM room_bans WHERE room_id = ${roomId} AND username = ${username}`),
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

interface BanRow extends Pick<Ban, 'username' | 'bannedBy'> {
  createdAt: Date | string;
  until: Date | string | null;
}

/** The bans that are not over, by name. */
export async function listBans(
  { sql, clock }: Pick<Deps, 'sql' | 'clock'>,
  { roomId, by, limit, cursor = '' }: Actor & { limit: number; cursor?: string | undefined },
): Promise<{ bans: Ban[]; nextCursor: string | null }> {
  await requirePower(sql, { roomId, by }, 'removeMembers');
  const rows = await sql<BanRow>(Prisma.sql`
    SELECT username, banned_by AS "bannedBy", created_at AS "createdAt", until FROM room_bans
    WHERE room_id = ${roomId} AND username > ${cursor} AND (until IS NULL OR until > ${new Date(clock())})
    ORDER BY username LIMIT ${limit + 1}`);
  const bans = rows.slice(0, limit).map((row) => ({
    ...row,
    createdAt: new Date(row.createdAt),
    until: row.until === null ? null : new Date(row.until),
  }));
  return { bans, nextCursor: rows.length > limit ? (bans.at(-1)?.username ?? null) : null };
}
