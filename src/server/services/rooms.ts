import type { Deps } from '../context.ts';
import { isTaken } from '../db/open-db.ts';
import { AppError } from '../errors.ts';
import { announceDeletedRoom, announceEndedMembership } from './access.ts';
import { compare, countGuess } from './limits.ts';
import { hashPassword, isPassword } from './passwords.ts';

export interface Room {
  id: number;
  name: string;
  isPrivate: boolean;
}

/** A room is private exactly when it has a password. Its creator becomes its first member. */
export async function createRoom(
  { db, config, clock }: Deps,
  { name, password, creator }: { name: string; password?: string | undefined; creator: string },
): Promise<Room> {
  const isPrivate = password !== undefined;
  const passwordHash = isPrivate ? await hashPassword(password) : null;
  const now = new Date(clock());
  try {
    return await db.$transaction(async (tx) => {
      const room = await tx.room.create({
        data: {
          name,
          isPrivate,
          passwordHash,
          createdBy: creator,
          createdAt: now,
          members: { create: { username: creator, joinedAt: now } },
        },
        select: { id: true, name: true, isPrivate: true },
      });
      // Counted with the new room and in its transaction, so that two creators at once cannot both be the last.
      if (!isPrivate && (await tx.room.count({ where: { isPrivate: false } })) > config.maxPublicRooms)
        throw new AppError('PUBLIC_ROOM_LIMIT', {
          message: `maximum number of public rooms reached (${config.maxPublicRooms})`,
        });
      return room;
    });
  } catch (error) {
    throw isTaken(error, 'name') ? new AppError('ROOM_NAME_TAKEN') : error;
  }
}

/** Joining again is no error and changes nothing; a private room asks for its password each time. */
export async function joinRoom(
  deps: Deps,
  facts: { name: string; password?: string | undefined; username: string; address: string },
): Promise<Room> {
  const { name, password, username, address } = facts;
  const room = await deps.db.room.findUnique({ where: { name } });
  if (!room) throw new AppError('ROOM_NOT_FOUND');
  const { id, isPrivate, passwordHash } = room;
  if (isPrivate) {
    if (!password) throw new AppError('PASSWORD_REQUIRED');
    const key = JSON.stringify([id, username]);
    const guess = await countGuess(deps, { limit: 'roomPassword', key, address });
    const replace = (newHash: string) =>
      deps.db.room.updateMany({ where: { id, passwordHash }, data: { passwordHash: newHash } });
    await compare(guess, async () => {
      if (!(await isPassword(password, passwordHash ?? '', replace))) throw new AppError('WRONG_PASSWORD');
    });
    await guess.wasRight();
  }
  // One statement, so that joining twice at once, or a room that is being deleted, can break nothing.
  const added = await deps.db.$executeRaw`
    INSERT INTO room_members (room_id, username, joined_at)
    SELECT id, ${username}, ${new Date(deps.clock())} FROM rooms WHERE id = ${id}
    ON CONFLICT (room_id, username) DO NOTHING`;
  if (added === 0 && !(await isMember(deps, { roomId: id, username }))) throw new AppError('ROOM_NOT_FOUND');
  return { id, name, isPrivate };
}

export async function leaveRoom(
  deps: Pick<Deps, 'db' | 'bus'>,
  { roomId, username }: { roomId: number; username: string },
): Promise<void> {
  const { count } = await deps.db.roomMember.deleteMany({ where: { roomId, username } });
  if (count === 0) throw new AppError('NOT_A_MEMBER');
  await announceEndedMembership(deps, { roomId, username });
}

/** The room goes with its memberships and its messages. */
export async function deleteRoom(
  deps: Pick<Deps, 'db' | 'bus' | 'roomMessages'>,
  { roomId, username }: { roomId: number; username: string },
): Promise<void> {
  const room = await requireRoom(deps.db, roomId);
  if (room.createdBy !== username) throw new AppError('NOT_THE_CREATOR');
  await removeRoom(deps, roomId);
}

/** Whoever created it. */
export async function removeRoom(
  { db, bus, roomMessages }: Pick<Deps, 'db' | 'bus' | 'roomMessages'>,
  roomId: number,
): Promise<void> {
  await db.room.deleteMany({ where: { id: roomId } });
  try {
    await roomMessages.forgetRoom(roomId);
  } finally {
    // Whatever becomes of its messages, which nobody can ask for any more, its members must learn of it.
    await announceDeletedRoom({ bus }, roomId);
  }
}

/** In the order of their creation. */
export async function listPublicRooms({ db }: Pick<Deps, 'db'>, username: string) {
  const rooms = await db.room.findMany({
    where: { isPrivate: false },
    orderBy: { id: 'asc' },
    select: { id: true, name: true, members: { where: { username }, select: { id: true } } },
  });
  return rooms.map(({ id, name, members }) => ({ id, name, joined: members.length > 0 }));
}

/** In the order in which the user joined them. */
export async function listJoinedRooms({ db }: Pick<Deps, 'db'>, username: string) {
  const memberships = await db.roomMember.findMany({
    where: { username },
    orderBy: { id: 'asc' },
    select: { room: { select: { id: true, name: true, isPrivate: true, createdBy: true } } },
  });
  return memberships.map(({ room }) => room);
}

/** In the order in which they joined. Anybody may ask about a public room, only its members about a private one. */
export async function listMembers(
  deps: Pick<Deps, 'db' | 'accessCache'>,
  { roomId, username }: { roomId: number; username: string },
) {
  const room = await requireRoom(deps.db, roomId);
  if (room.isPrivate) await requireMember(deps, { roomId, username });
  return deps.db.roomMember.findMany({
    where: { roomId },
    orderBy: { id: 'asc' },
    select: { username: true, joinedAt: true },
  });
}

/** A room that does not exist has no members either, and strangers need not learn the difference. */
export async function requireMember(
  deps: Pick<Deps, 'db' | 'accessCache'>,
  membership: { roomId: number; username: string },
): Promise<void> {
  if (!(await isMember(deps, membership))) throw new AppError('NOT_A_MEMBER');
}

export async function isMember(
  { db, accessCache }: Pick<Deps, 'db' | 'accessCache'>,
  { roomId, username }: { roomId: number; username: string },
): Promise<boolean> {
  if (accessCache.isMember(roomId, username)) return true;
  const { version } = accessCache;
  const membership = await db.roomMember.findUnique({ where: { roomId_username: { roomId, username } } });
  if (membership) accessCache.rememberMember(roomId, username, version);
  return membership !== null;
}

async function requireRoom(db: Deps['db'], id: number) {
  const room = await db.room.findUnique({ where: { id } });
  if (!room) throw new AppError('ROOM_NOT_FOUND');
  return room;
}
