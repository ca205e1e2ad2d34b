import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import type { Deps } from '../shared/deps.ts';
import { isRoomNameConfusable } from '../shared/names.ts';

type Quotas = Pick<Deps, 'sql' | 'config'>;

/**
 * Throws 'ROOM_NAME_TAKEN', 'PUBLIC_ROOM_LIMIT', 'ROOM_LIMIT' or 'MEMBERSHIP_LIMIT'. A refusal must cost little: no password
 * is hashed, and no transaction is opened.
 */
export async function requireMayCreate(
  deps: Quotas,
  { name, isPrivate, creator }: { name: string; isPrivate: boolean; creator: string },
): Promise<void> {
  const { config } = deps;
  if ((await count(deps.sql, Prisma.sql`rooms WHERE name = ${name}`)) > 0)
    throw new AppError('ROOM_NAME_TAKEN');
  if (!isPrivate && (await countPublicRooms(deps.sql)) >= config.maxPublicRooms)
    throw publicRoomLimit(config);
  if ((await countCreatedRooms(deps.sql, creator)) >= config.maxPerUser.rooms)
    throw new AppError('ROOM_LIMIT');
  await requireMembershipQuota(deps, creator);
  if (await isRoomNameConfusable(deps.sql, name)) throw new AppError('ROOM_NAME_TAKEN');
}

/** Throws 'MEMBERSHIP_LIMIT' if the user is a member of as many rooms as allowed. */
export async function requireMembershipQuota(deps: Quotas, username: string): Promise<void> {
  const memberships = await count(deps.sql, Prisma.sql`room_members WHERE username = ${username}`);
  if (memberships >= deps.config.maxPerUser.memberships) throw new AppError('MEMBERSHIP_LIMIT');
}

export const countPublicRooms = (sql: Statements) => count(sql, Prisma.sql`rooms WHERE is_private = FALSE`);

export const countCreatedRooms = (sql: Statements, creator: string) =>
  count(sql, Prisma.sql`rooms WHERE created_by = ${creator}`);

export const publicRoomLimit = ({ maxPublicRooms }: Quotas['config']) =>
  new AppError('PUBLIC_ROOM_LIMIT', {
    message: `maximum number of public rooms reached (${maxPublicRooms})`,
  });

async function count(sql: Statements, rows: Prisma.Sql): Promise<number> {
  const [counted] = await sql<{ rows: number | bigint }>(Prisma.sql`SELECT count(*) AS rows FROM ${rows}`);
  return Number(counted?.rows ?? 0);
}
