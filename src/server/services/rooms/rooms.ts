import { AppError } from '../../core/errors.ts';
import { skeletonOf } from '../../core/names/confusables.ts';
import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
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
import { countCreatedRooms, countPublicRooms, publicRoomLimit, requireMayCreate } from './quotas.ts';
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
  const { sql, clock, config, roomMessages } = deps;
  const isPrivate = password !== undefined;
  if (history === 'kept' && !config.keptRooms.allowed) throw new AppError('KEPT_ROOMS_OFF');
  await requireMayCreate(deps, { name, isPrivate, creator });
  if (isPrivate) await requireWithinLimit(deps, 'passwordWork', creator);
  const passwordHash = isPrivate ? await hashPassword(password, lineOfUser(creator)) : null;
  const now = new Date(clock());
  const room = await sql
    .transaction(async (tx) => {
      // Locks the creator's row on Postgres, so that the rooms of one user are created one at a time.
      await tx.run(Prisma.sql`UPDATE users SET disabled_at = disabled_at WHERE username = ${creator}`);
      const [created] = await tx<{ id: number }>(Prisma.sql`
        INSERT INTO rooms (
          name, name_skeleton, is_private, password_hash, topic, description, history, created_by, created_at)
        VALUES (${name}, ${skeletonOf(name)}, ${isPrivate}, ${passwordHash}, ${topic}, ${description}, ${history},
          ${creator}, ${now})
        RETURNING id`);
      const { id } = created as { id: number }; // safe: one row was inserted
      await tx.run(Prisma.sql`
        INSERT INTO room_members (room_id, username, joined_at, role) VALUES (${id}, ${creator}, ${now}, 'owner')`);
      if (await isRoomNameConfusable(tx, name)) throw new AppError('ROOM_NAME_TAKEN');
      // Counted again in the transaction, so that two concurrent creators cannot both take the last place.
      if (!isPrivate && (await countPublicRooms(tx)) > config.maxPublicRooms) throw publicRoomLimit(config);
      if ((await countCreatedRooms(tx, creator)) > config.maxPerUser.rooms) throw new AppError('ROOM_LIMIT');
      await roomMessages.clearNewRoom(id);
      return { id, name, isPrivate };
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
  const [room] = await deps.sql<NamedRow>(Prisma.sql`
    SELECT id, is_private AS "isPrivate", password_hash AS "passwordHash" FROM rooms WHERE name = ${name}`);
  if (!room) throw new AppError('ROOM_NOT_FOUND');
  const { id, passwordHash } = room;
  const isPrivate = Boolean(room.isPrivate);
  await requireNotBanned(deps, deps.sql, { roomId: id, username });
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
      deps.sql.run(Prisma.sql`
        UPDATE rooms SET password_hash = ${newHash} WHERE id = ${id} AND password_hash = ${passwordHash}`);
    await compare(guess, async () => {
      if (!(await isPassword(password, passwordHash ?? '', { line: lineOfUser(username), replace })))
        throw new AppError('WRONG_PASSWORD');
    });
    await guess.succeeded();
  }
  await addMember(deps, { roomId: id, username, isAdmitted: isPrivate });
  return { id, name, isPrivate };
}

interface NamedRow {
  id: number;
  isPrivate: unknown;
  passwordHash: string | null;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Whether the account is older than a day: nobody gets more guesses at room passwords by registering more accounts. */
async function isEstablished({ db, clock }: Pick<Deps, 'db' | 'clock'>, username: string): Promise<boolean> {
  const user = await db.user.findUnique({ where: { username }, select: { createdAt: true } });
  return user !== null && clock() - user.createdAt.getTime() > dayMs;
}

/** Throws 'NOT_A_MEMBER'. A room without an owner goes to another member; one that everybody has left is deleted. */
export async function leaveRoom(deps: Pick<Deps, 'sql'> & TellDeps, membership: Membership): Promise<void> {
  if (!(await roleOf(deps.sql, membership))) throw new AppError('NOT_A_MEMBER'); // strangers hold no room
  const ending = await deps.sql.transaction(async (tx) => {
    const room = await holdRoom(deps, tx, membership);
    return room && endMembership(tx, membership);
  });
  if (!ending) throw new AppError('NOT_A_MEMBER');
  await announceEnding(deps, { ...membership, reason: 'left' }, ending);
}

/** Deletes a room with all that belongs to it. Only its owners may. */
export async function deleteRoom(
  deps: Pick<Deps, 'sql' | 'bus' | 'roomMessages'>,
  { roomId, username }: { roomId: number; username: string },
): Promise<void> {
  const [room] = await deps.sql(Prisma.sql`SELECT 1 FROM rooms WHERE id = ${roomId}`);
  if (!room) throw new AppError('ROOM_NOT_FOUND');
  const role = await roleOf(deps.sql, { roomId, username });
  if (role === undefined || !has(role, 'deleteRoom')) throw new AppError('NOT_THE_CREATOR');
  await removeRoom(deps, roomId);
}

/** As `deleteRoom`, regardless of who owns the room. */
export async function removeRoom(
  { sql, bus, roomMessages }: Pick<Deps, 'sql' | 'bus' | 'roomMessages'>,
  roomId: number,
): Promise<void> {
  const [room] = await sql<{ isPrivate: unknown }>(
    Prisma.sql`SELECT is_private AS "isPrivate" FROM rooms WHERE id = ${roomId}`,
  );
  const members = await removeMembers(sql, roomId);
  await sql.run(Prisma.sql`DELETE FROM rooms WHERE id = ${roomId}`);
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
async function removeMembers(sql: Statements, roomId: number): Promise<string[][]> {
  const members: string[][] = [];
  for (let removed = membersPerStatement; removed === membersPerStatement; await yieldTurn()) {
    const rows = await sql<{ username: string }>(Prisma.sql`
      DELETE FROM room_members WHERE id IN (
        SELECT id FROM room_members WHERE room_id = ${roomId} ORDER BY id DESC LIMIT ${membersPerStatement})
      RETURNING username`);
    members.push(rows.map(({ username }) => username));
    removed = rows.length;
  }
  return members;
}

const membersPerStatement = 500;
