import { conflictingSkeletons, skeletonOf } from '../../core/names/confusables.ts';
import { normalizeRoomName, normalizeUsername } from '../../core/names/precis.ts';
import { searchNameOf } from '../../core/names/search-name.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import type { Deps } from './deps.ts';
import { inBatches } from './in-batches.ts';

const alike = (name: string) => ({ nameSkeleton: { in: conflictingSkeletons(name) } });

/** The name, and its composed form: the legacy API has always told the two apart, and the typed one only takes the latter. */
const spellings = (name: string) => [name, name.normalize('NFC')];

/** Whether another user has a name that looks like this one. Exact if called in the transaction that adds the user. */
export async function isUsernameConfusable(db: Pick<Deps['db'], 'user'>, username: string): Promise<boolean> {
  const where = { ...alike(username), username: { notIn: spellings(username) } };
  return (await db.user.findFirst({ where, select: { id: true } })) !== null;
}

/** How names begin that take the place of those of users who have left. */
export const aliasPrefix = 'deleted-';

/**
 * Whether the name is not given at present: that of a user who has left, one that looks like it, and what takes the place of such a
 * name. To be asked after whether there is such a user: one who leaves in between is seen here.
 */
export async function isUsernameReserved(
  db: Pick<Deps['db'], 'departure'>,
  username: string,
): Promise<boolean> {
  if (searchNameOf(username).startsWith(aliasPrefix)) return true;
  const where = { OR: [{ username: { in: spellings(username) } }, alike(username)] };
  return (await db.departure.findFirst({ where, select: { username: true } })) !== null;
}

/** As `isUsernameConfusable`, for rooms. */
export async function isRoomNameConfusable(sql: Statements, name: string): Promise<boolean> {
  const found = await sql(Prisma.sql`
    SELECT 1 FROM rooms WHERE name_skeleton IN (${paddedList(conflictingSkeletons(name), 2, '')})
      AND name NOT IN (${Prisma.join(spellings(name))}) LIMIT 1`);
  return found.length > 0;
}

/** The user name as it is stored: as written, or else normalized. Accounts of the legacy API may have either form. */
export async function findUsername({ db }: Pick<Deps, 'db'>, written: string): Promise<string> {
  const normalized = normalizeUsername(written);
  if (normalized === written) return written;
  const user = await db.user.findUnique({ where: { username: written }, select: { id: true } });
  return user ? written : normalized;
}

/** As `findUsername`, for rooms. */
export async function findRoomName({ db }: Pick<Deps, 'db'>, written: string): Promise<string> {
  const normalized = normalizeRoomName(written);
  if (normalized === written) return written;
  const room = await db.room.findUnique({ where: { name: written }, select: { id: true } });
  return room ? written : normalized;
}

/** Computes what is missing: of names from before it was stored, and of imported ones. */
export async function addMissingNameForms({ sql }: Pick<Deps, 'sql'>): Promise<void> {
  const users = (missing: Prisma.Sql) =>
    Prisma.sql`SELECT id, username AS name FROM users WHERE ${missing} IS NULL`;
  const addToUser = ({ id, name }: Named) => Prisma.sql`
    UPDATE users SET name_skeleton = ${skeletonOf(name)}, search_name = ${searchNameOf(name)} WHERE id = ${id}`;
  await inBatches<Named>(sql, users(Prisma.sql`name_skeleton`), addToUser);
  await inBatches<Named>(sql, users(Prisma.sql`search_name`), addToUser);
  await inBatches<Named>(
    sql,
    Prisma.sql`SELECT id, name FROM rooms WHERE name_skeleton IS NULL`,
    ({ id, name }) => Prisma.sql`UPDATE rooms SET name_skeleton = ${skeletonOf(name)} WHERE id = ${id}`,
  );
}

interface Named {
  id: number;
  name: string;
}
