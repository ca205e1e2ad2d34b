import type { Deps } from '../context.ts';
import { AppError } from '../errors.ts';
import { findAccount } from './accounts.ts';
import { requireMember } from './rooms.ts';

export interface RoomSummary {
  id: number;
  name: string;
  isPrivate: boolean;
  createdBy: string | null;
  createdAt: Date;
  members: number;
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

/** Every room, private ones too, in the order of their creation, read as they are taken. */
export async function* listRooms({ db }: Pick<Deps, 'db'>): AsyncGenerator<RoomSummary, void> {
  for (let last = 0; ; ) {
    const page = await db.room.findMany({
      where: { id: { gt: last } },
      orderBy: { id: 'asc' },
      take: rowsRead,
      select: roomColumns,
    });
    yield* page.map(toSummary);
    const newest = page.at(-1);
    if (!newest) return;
    last = newest.id;
  }
}

/** By its id or by its name. Throws 'ROOM_NOT_FOUND'. */
export async function findRoom(
  { db }: Pick<Deps, 'db'>,
  where: { id: number } | { name: string },
): Promise<RoomSummary> {
  const room = await db.room.findUnique({ where, select: roomColumns });
  if (!room) throw new AppError('ROOM_NOT_FOUND');
  return toSummary(room);
}

/** In the order in which they joined, read as they are taken. */
export async function* listAllMembers(
  { db }: Pick<Deps, 'db'>,
  roomId: number,
): AsyncGenerator<{ username: string; joinedAt: Date }, void> {
  for (let last = 0; ; ) {
    const page = await db.roomMember.findMany({
      where: { roomId, id: { gt: last } },
      orderBy: { id: 'asc' },
      take: rowsRead,
      select: { id: true, username: true, joinedAt: true },
    });
    yield* page.map(({ username, joinedAt }) => ({ username, joinedAt }));
    const newest = page.at(-1);
    if (!newest) return;
    last = newest.id;
  }
}

/** Makes one of its members the one who may delete the room. Throws 'USER_NOT_FOUND' or 'NOT_A_MEMBER'. */
export async function transferRoom(
  deps: Pick<Deps, 'db' | 'accessCache'>,
  { roomId, username }: { roomId: number; username: string },
): Promise<void> {
  await findAccount(deps, username);
  await requireMember(deps, { roomId, username });
  await deps.db.room.updateMany({ where: { id: roomId }, data: { createdBy: username } });
}
