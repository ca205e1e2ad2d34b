import { collectRows } from '../../core/answer-size.ts';
import { AppError } from '../../core/errors.ts';
import { knownDate } from '../../core/known-dates.ts';
import { mapSlices, readInSlices } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';
import { requireMember } from './membership.ts';
import type { Role } from './powers.ts';

/** Rows read by one statement. */
const sliceSize = 500;

/** Ends reading when the caller is gone. */
interface Reading {
  signal?: AbortSignal | undefined;
}

export interface PublicRoom {
  id: number;
  name: string;
  joined: boolean;
}

/** All public rooms in order of creation, in slices. */
export function publicRoomSlices({ sql }: Pick<Deps, 'sql'>, username: string, { signal }: Reading = {}) {
  const slices = readInSlices({
    size: sliceSize,
    keyOf: ({ id }) => id,
    signal,
    read: (after: number | undefined) =>
      sql<Omit<PublicRoom, 'joined'> & { joined: unknown }>(Prisma.sql`
        SELECT id, name, EXISTS (
          SELECT 1 FROM room_members m WHERE m.room_id = rooms.id AND m.username = ${username}) AS joined
        FROM rooms WHERE is_private = FALSE AND id > ${after ?? 0} ORDER BY id LIMIT ${sliceSize}`),
  });
  return mapSlices(slices, ({ id, name, joined }) => ({ id, name, joined: Boolean(joined) }));
}

export interface JoinedRoom {
  id: number;
  name: string;
  isPrivate: boolean;
  /** Null if the creator is unknown. */
  createdBy: string | null;
  topic: string;
  /** The user's own. */
  role: Role;
}

/** The user's rooms in order of joining, in slices. */
export function joinedRoomSlices({ sql }: Pick<Deps, 'sql'>, username: string, { signal }: Reading = {}) {
  const slices = readInSlices({
    size: sliceSize,
    keyOf: ({ position }) => position,
    signal,
    read: (after: number | undefined) =>
      sql<Omit<JoinedRoom, 'isPrivate'> & { isPrivate: unknown; position: number }>(Prisma.sql`
        SELECT m.id AS position, r.id, r.name, r.is_private AS "isPrivate", r.created_by AS "createdBy",
          r.topic, m.role
        FROM room_members m JOIN rooms r ON r.id = m.room_id
        WHERE m.username = ${username} AND m.id > ${after ?? 0} ORDER BY m.id LIMIT ${sliceSize}`),
  });
  return mapSlices(slices, ({ id, name, isPrivate, createdBy, topic, role }) => ({
    id,
    name,
    isPrivate: Boolean(isPrivate),
    createdBy,
    topic,
    role,
  }));
}

export interface Member {
  username: string;
  joinedAt: Date;
}

/** As it is read. */
export interface MemberRow {
  id: number;
  username: string;
  joinedAt: Date | string;
}

export const toMember = ({ username, joinedAt }: MemberRow): Member => ({
  username,
  joinedAt: knownDate(joinedAt),
});

/** The members of a room in order of joining, in slices of rows. `requireMemberList` checks who may read them. */
export function memberSlices({ sql }: Pick<Deps, 'sql'>, roomId: number, { signal }: Reading = {}) {
  return readInSlices({
    size: sliceSize,
    keyOf: ({ id }) => id,
    signal,
    read: (after: number | undefined) =>
      sql<MemberRow>(Prisma.sql`
        SELECT id, username, joined_at AS "joinedAt" FROM room_members
        WHERE room_id = ${roomId} AND id > ${after ?? 0} ORDER BY id LIMIT ${sliceSize}`),
  });
}

/** Any user may list the members of a public room, only members those of a private one. Throws otherwise. */
export async function requireMemberList(
  deps: Pick<Deps, 'db' | 'sql' | 'accessCache'>,
  { roomId, username }: { roomId: number; username: string },
): Promise<void> {
  const [room] = await deps.sql<{ isPrivate: unknown }>(
    Prisma.sql`SELECT is_private AS "isPrivate" FROM rooms WHERE id = ${roomId}`,
  );
  if (!room) throw new AppError('ROOM_NOT_FOUND');
  if (room.isPrivate) await requireMember(deps, { roomId, username });
}

/** How many members a room has. */
export async function countMembers({ sql }: Pick<Deps, 'sql'>, roomId: number): Promise<number> {
  const [row] = await sql<{ members: number }>(
    Prisma.sql`SELECT CAST(count(*) AS INTEGER) AS members FROM room_members WHERE room_id = ${roomId}`,
  );
  return row?.members ?? 0;
}

/** All public rooms in order of creation. Throws 'ANSWER_TOO_LARGE', as the other lists do. */
export const listPublicRooms = (deps: Pick<Deps, 'sql'>, username: string, reading?: Reading) =>
  collectRows(publicRoomSlices(deps, username, reading));

/** How many members `listMembers` gives, which are few enough for one answer. */
const maxListed = 1000;

/** The first members in order of joining. Throws what `requireMemberList` throws. */
export async function listMembers(
  deps: Pick<Deps, 'db' | 'sql' | 'accessCache'>,
  { roomId, username, signal }: { roomId: number; username: string } & Reading,
): Promise<Member[]> {
  await requireMemberList(deps, { roomId, username });
  const listed: Member[] = [];
  for await (const slice of memberSlices(deps, roomId, { signal })) {
    for (const row of slice) listed.push(toMember(row));
    if (listed.length >= maxListed) break;
  }
  return listed;
}
