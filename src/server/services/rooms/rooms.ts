import { AppError } from '../../core/errors.ts';
import { skeletonOf } from '../../core/names/confusables.ts';
import { yieldTurn } from '../../core/slices.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import type { History } from '../../infra/stores/room-messages.ts';
import { announceRoomPrivacy } from '../privacy/announce.ts';
import type { Deps } from '../shared/deps.ts';
import { compare, countGuess, requireWithinLimit } from '../shared/limits.ts';
import { isRoomNameConfusable } from '../shared/names.ts';
import { hashPassword, isPassword, lineOfUser } from '../shared/passwords.ts';
import { announceJoined, announcePublicRooms } from './announce.ts';
import { holdRoom, roleOf } from './authority.ts';
import { addMember, requireNotBanned } from './joining.ts';
import { announceEnding, endMembership, forgetDeletedRoom } from './leaving.ts';
import type { Membership } from './membership.ts';
import { has } from './powers.ts';
import { publicRoomLimit, requireMayCreate } from './quotas.ts';
import type { TellDeps } from './system-messages.ts';

export interface Room {
  id: number;
  name: string;
  isPrivate: boolean;
}

interface NewRoom {
  name: string;
  password?: string | undefined;
  topic?: string | undefined;
  description?: string | undefined;
  /** Where its messages are: in the ring, unless they are to be kept. */
  history?: History | undefined;
  creator: string;
}

/** A room is private exactly when it has a password. Its creator becomes its first member, and owns it. */
export async function createRoom(
  deps: Deps,
  { name, password, topic = '', description = '', history = 'ephemeral', creator }: NewRoom,
): Promise<Room> {
  const { db, clock, config, roomMessages } = deps;
  const isPrivate = password !== undefined;
  if (history === 'kept' && !config.keptRooms.allowed) throw new AppError('KEPT_ROOMS_OFF');
  await requireMayCreate(deps, { name, isPrivate, creator });
  if (isPrivate) await requireWithinLimit(deps, 'passwordWork', creator);
  const passwordHash = isPrivate ? await hashPassword(password, lineOfUser(creator)) : null;
  const now = new Date(clock());
  const room = await db
    .$transaction(async (tx) => {
      // Locks the creator's row on Postgres, so that the rooms of one user are created one at a time.
      await tx.$executeRaw`UPDATE users SET disabled_at = disabled_at WHERE username = ${creator}`;
      const room = await tx.room.create({
        data: {
          name,
          nameSkeleton: skeletonOf(name),
          isPrivate,
          passwordHash,
          topic,
          description,
          history,
          createdBy: creator,
          createdAt: now,
          members: { create: { username: creator, joinedAt: now, role: 'owner' } },
        },
        select: { id: true, name: true, isPrivate: true },
      });
      if (await isRoomNameConfusable(tx, name)) throw new AppError('ROOM_NAME_TAKEN');
      // Counted again in the transaction, so that two concurrent creators cannot both take the last place.
      if (!isPrivate && (await tx.room.count({ where: { isPrivate: false } })) > config.maxPublicRooms)
        throw publicRoomLimit(config);
      if ((await tx.room.count({ where: { createdBy: creator } })) > config.maxPerUser.rooms)
        throw new AppError('ROOM_LIMIT');
      await roomMessages.clearNewRoom(room.id);
      return room;
    })
    .catch((error: unknown) => {
      throw isTaken(error, 'name') ? new AppError('ROOM_NAME_TAKEN') : error;
    });
  await announceJoined(deps, { roomId: room.id, username: creator });
  if (!isPrivate) await announcePublicRooms(deps);
  return room;
}

/** Idempotent. A private room requires its password each time; who is banned is told so before. */
export async function joinRoom(
  deps: Deps,
  facts: { name: string; password?: string | undefined; username: string; address: string },
): Promise<Room> {
  const { name, password, username, address } = facts;
  const room = await deps.db.room.findUnique({ where: { name } });
  if (!room) throw new AppError('ROOM_NOT_FOUND');
  const { id, isPrivate, passwordHash } = room;
  await requireNotBanned(deps, deps.db, { roomId: id, username });
  if (isPrivate) {
    if (!password) throw new AppError('PASSWORD_REQUIRED');
    const key = JSON.stringify([id, username]);
    await requireWithinLimit(deps, 'passwordWork', username);
    const guess = await countGuess(deps, {
      limit: 'roomPassword',
      key,
      address,
      isTrusted: () => isEstablished(deps, username),
    });
    const replace = (newHash: string) =>
      deps.db.room.updateMany({ where: { id, passwordHash }, data: { passwordHash: newHash } });
    await compare(guess, async () => {
      if (!(await isPassword(password, passwordHash ?? '', { line: lineOfUser(username), replace })))
        throw new AppError('WRONG_PASSWORD');
    });
    await guess.succeeded();
  }
  await addMember(deps, { roomId: id, username, isAdmitted: isPrivate });
  return { id, name, isPrivate };
}

const dayMs = 24 * 60 * 60 * 1000;

/** Whether the account is older than a day: nobody gets more guesses at room passwords by registering more accounts. */
async function isEstablished({ db, clock }: Pick<Deps, 'db' | 'clock'>, username: string): Promise<boolean> {
  const user = await db.user.findUnique({ where: { username }, select: { createdAt: true } });
  return user !== null && clock() - user.createdAt.getTime() > dayMs;
}

/** Throws 'NOT_A_MEMBER'. A room without an owner goes to another member; one that everybody has left is deleted. */
export async function leaveRoom(
  deps: Pick<Deps, 'db' | 'sql'> & TellDeps,
  membership: Membership,
): Promise<void> {
  if (!(await roleOf(deps.db, membership))) throw new AppError('NOT_A_MEMBER'); // strangers hold no room
  const ending = await deps.db.$transaction(async (tx) => {
    const room = await holdRoom(deps, tx, membership);
    return room && endMembership(tx, membership);
  });
  if (!ending) throw new AppError('NOT_A_MEMBER');
  await announceEnding(deps, { ...membership, reason: 'left' }, ending);
}

/** Deletes a room with all that belongs to it. Only its owners may. */
export async function deleteRoom(
  deps: Pick<Deps, 'db' | 'sql' | 'bus' | 'roomMessages'>,
  { roomId, username }: { roomId: number; username: string },
): Promise<void> {
  const room = await deps.db.room.findUnique({ where: { id: roomId }, select: { id: true } });
  if (!room) throw new AppError('ROOM_NOT_FOUND');
  const role = await roleOf(deps.db, { roomId, username });
  if (role === undefined || !has(role, 'deleteRoom')) throw new AppError('NOT_THE_CREATOR');
  await removeRoom(deps, roomId);
}

/** As `deleteRoom`, regardless of who owns the room. */
export async function removeRoom(
  { db, sql, bus, roomMessages }: Pick<Deps, 'db' | 'sql' | 'bus' | 'roomMessages'>,
  roomId: number,
): Promise<void> {
  const room = await db.room.findUnique({ where: { id: roomId }, select: { isPrivate: true } });
  const members = await removeMembers(db, roomId);
  await db.room.deleteMany({ where: { id: roomId } });
  try {
    await forgetDeletedRoom({ bus, roomMessages }, roomId);
  } finally {
    if (room?.isPrivate) await announceRoomPrivacy({ sql, bus }, members);
  }
}

/**
 * In slices: deleted together with the room, many memberships would block the event loop or hold the database. Who joined first
 * goes last, so that a room whose deletion is interrupted has its owner still. Returns who they were.
 */
async function removeMembers(db: Deps['db'], roomId: number): Promise<string[][]> {
  const members: string[][] = [];
  for (let removed = membersPerStatement; removed === membersPerStatement; await yieldTurn()) {
    const rows = await db.$queryRaw<{ username: string }[]>`
      DELETE FROM room_members WHERE id IN (
        SELECT id FROM room_members WHERE room_id = ${roomId} ORDER BY id DESC LIMIT ${membersPerStatement})
      RETURNING username`;
    members.push(rows.map(({ username }) => username));
    removed = rows.length;
  }
  return members;
}

const membersPerStatement = 500;
