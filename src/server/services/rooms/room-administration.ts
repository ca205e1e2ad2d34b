import { AppError } from '../../core/errors.ts';
import { readInSlices } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { findAccount } from '../accounts/accounts.ts';
import { announceChangedPause } from '../shared/access.ts';
import type { Deps } from '../shared/deps.ts';
import { announceUpdatedRoom } from './announce.ts';
import { roleOf, withPower } from './authority.ts';
import { writeRole } from './roles.ts';
import { type Member, memberSlices, toMember } from './room-lists.ts';

export interface RoomSummary {
  id: number;
  name: string;
  isPrivate: boolean;
  createdBy: string | null;
  createdAt: Date;
  members: number;
}

/** A room with all that `mirage room show` prints. */
export interface RoomReport extends RoomSummary {
  topic: string;
  description: string;
  slowModeSeconds: number;
  history: string;
  lifespanSeconds: number | null;
  owners: string[];
  moderators: string[];
  /** Bans and invitations, those that are over included. */
  bans: number;
  invites: number;
}

const rowsRead = 500;

const roomColumns = {
  id: true,
  name: true,
  isPrivate: true,
  createdBy: true,
  createdAt: true,
  _count: { select: { members: true } },
} as const;

type RoomRow = Omit<RoomSummary, 'members'> & { _count: { members: number } };

const toSummary = ({ _count, ...room }: RoomRow): RoomSummary => ({ ...room, members: _count.members });

/** All rooms, private ones included, in order of creation, read slice by slice. */
export async function* listRooms({ db }: Pick<Deps, 'db'>): AsyncGenerator<RoomSummary, void> {
  const slices = readInSlices({
    size: rowsRead,
    keyOf: ({ id }) => id,
    read: (after: number | undefined) =>
      db.room.findMany({
        where: { id: { gt: after ?? 0 } },
        orderBy: { id: 'asc' },
        take: rowsRead,
        select: roomColumns,
      }),
  });
  for await (const slice of slices) yield* slice.map(toSummary);
}

/** Finds a room by id or name. Throws 'ROOM_NOT_FOUND'. */
export async function findRoom(
  { db }: Pick<Deps, 'db'>,
  where: { id: number } | { name: string },
): Promise<RoomSummary> {
  const room = await db.room.findUnique({ where, select: roomColumns });
  if (!room) throw new AppError('ROOM_NOT_FOUND');
  return toSummary(room);
}

/** As `findRoom`, with what only one room at a time is shown with; of a large staff the first thousand. */
export async function describeRoom({ db }: Pick<Deps, 'db'>, id: number): Promise<RoomReport> {
  const select = {
    ...roomColumns,
    topic: true,
    description: true,
    slowModeSeconds: true,
    history: true,
    lifespanSeconds: true,
    _count: { select: { members: true, bans: true, invites: true } },
  };
  const row = await db.room.findUnique({ where: { id }, select });
  if (!row) throw new AppError('ROOM_NOT_FOUND');
  const { _count, ...room } = row;
  const staff = await db.$queryRaw<{ username: string; role: string }[]>`
    SELECT username, role FROM room_members WHERE room_id = ${id} AND role <> 'member' ORDER BY id LIMIT 1000`;
  const named = (role: string) => staff.filter((one) => one.role === role).map(({ username }) => username);
  return { ...room, ..._count, owners: named('owner'), moderators: named('moderator') };
}

/** All members in order of joining, read slice by slice. */
export async function* listAllMembers(deps: Pick<Deps, 'sql'>, roomId: number): AsyncGenerator<Member, void> {
  for await (const slice of memberSlices(deps, roomId)) yield* slice.map(toMember);
}

/**
 * Makes a member the room's creator and only owner; former owners become moderators. Throws 'USER_NOT_FOUND' or
 * 'NOT_A_MEMBER'.
 */
export async function transferRoom(
  deps: Pick<Deps, 'db' | 'sql' | 'bus' | 'config'>,
  { roomId, username }: { roomId: number; username: string },
): Promise<void> {
  await findAccount(deps, username);
  await withPower(deps, { roomId, by: null }, 'setRoles', async (tx) => {
    if ((await roleOf(tx, { roomId, username })) === undefined) throw new AppError('NOT_A_MEMBER');
    await tx.run(
      Prisma.sql`UPDATE room_members SET role = 'moderator' WHERE room_id = ${roomId} AND role = 'owner'`,
    );
    await writeRole(tx, { roomId, username, role: 'owner' });
    await tx.run(Prisma.sql`UPDATE rooms SET created_by = ${username} WHERE id = ${roomId}`);
  });
  await announceChangedPause(deps, roomId);
  await announceUpdatedRoom(deps, roomId);
}
