import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';
import { isRoomNameConfusable } from '../shared/names.ts';

type Quotas = Pick<Deps, 'db' | 'sql' | 'config'>;

/**
 * Throws 'ROOM_NAME_TAKEN', 'PUBLIC_ROOM_LIMIT', 'ROOM_LIMIT' or 'MEMBERSHIP_LIMIT'. A refusal must cost little: no password
 * is hashed, no transaction is opened, and only a look-alike name waits for one.
 */
export async function requireMayCreate(
  deps: Quotas,
  { name, isPrivate, creator }: { name: string; isPrivate: boolean; creator: string },
): Promise<void> {
  const { config } = deps;
  if ((await count(deps, Prisma.sql`rooms WHERE name = ${name}`)) > 0) throw new AppError('ROOM_NAME_TAKEN');
  if (!isPrivate && (await count(deps, Prisma.sql`rooms WHERE is_private = FALSE`)) >= config.maxPublicRooms)
    throw publicRoomLimit(config);
  if ((await count(deps, Prisma.sql`rooms WHERE created_by = ${creator}`)) >= config.maxPerUser.rooms)
    throw new AppError('ROOM_LIMIT');
  await requireMembershipQuota(deps, creator);
  // Last, as on SQLite it waits for an open transaction.
  if (await isRoomNameConfusable(deps.db, name)) throw new AppError('ROOM_NAME_TAKEN');
}

/** Throws 'MEMBERSHIP_LIMIT' if the user is a member of as many rooms as allowed. */
export async function requireMembershipQuota(deps: Quotas, username: string): Promise<void> {
  const memberships = await count(deps, Prisma.sql`room_members WHERE username = ${username}`);
  if (memberships >= deps.config.maxPerUser.memberships) throw new AppError('MEMBERSHIP_LIMIT');
}

export const publicRoomLimit = ({ maxPublicRooms }: Quotas['config']) =>
  new AppError('PUBLIC_ROOM_LIMIT', {
    message: `maximum number of public rooms reached (${maxPublicRooms})`,
  });

async function count({ sql }: Quotas, rows: Prisma.Sql): Promise<number> {
  const [counted] = await sql<{ rows: number | bigint }>(Prisma.sql`SELECT count(*) AS rows FROM ${rows}`);
  return Number(counted?.rows ?? 0);
}
