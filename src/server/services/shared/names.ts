import { conflictingSkeletons, skeletonOf } from '../../core/names/confusables.ts';
import { normalizeRoomName, normalizeUsername } from '../../core/names/precis.ts';
import { searchNameOf } from '../../core/names/search-name.ts';
import type { Deps } from './deps.ts';

type Names = Pick<Deps['db'], 'user' | 'room'>;

const alike = (name: string) => ({ nameSkeleton: { in: conflictingSkeletons(name) } });

/** The name, and its composed form: the legacy API has always told the two apart, and the typed one only takes the latter. */
const spellings = (name: string) => [name, name.normalize('NFC')];

/** Whether another user has a name that looks like this one. Exact if called in the transaction that adds the user. */
export async function isUsernameConfusable(db: Pick<Names, 'user'>, username: string): Promise<boolean> {
  const where = { ...alike(username), username: { notIn: spellings(username) } };
  return (await db.user.findFirst({ where, select: { id: true } })) !== null;
}

/** As `isUsernameConfusable`, for rooms. */
export async function isRoomNameConfusable(db: Pick<Names, 'room'>, name: string): Promise<boolean> {
  const where = { ...alike(name), name: { notIn: spellings(name) } };
  return (await db.room.findFirst({ where, select: { id: true } })) !== null;
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

const batch = 200;

/** Computes what is missing: of names from before it was stored, and of imported ones. */
export async function addMissingNameForms({ db }: Pick<Deps, 'db'>): Promise<void> {
  for (const missing of [{ nameSkeleton: null }, { searchName: null }])
    await inBatches(async () => {
      const users = await db.user.findMany({
        where: missing,
        take: batch,
        select: { id: true, username: true },
      });
      const forms = (name: string) => ({ nameSkeleton: skeletonOf(name), searchName: searchNameOf(name) });
      await db.$transaction(
        users.map(({ id, username }) => db.user.updateMany({ where: { id }, data: forms(username) })),
      );
      return users.length;
    });
  await inBatches(async () => {
    const rooms = await db.room.findMany({
      where: { nameSkeleton: null },
      take: batch,
      select: { id: true, name: true },
    });
    await db.$transaction(
      rooms.map(({ id, name }) =>
        db.room.updateMany({ where: { id }, data: { nameSkeleton: skeletonOf(name) } }),
      ),
    );
    return rooms.length;
  });
}

async function inBatches(next: () => Promise<number>): Promise<void> {
  while ((await next()) === batch);
}
