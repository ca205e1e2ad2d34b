import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import type { LeaveReason } from '../../infra/live/room-feed.ts';
import { announceRoommates } from '../privacy/announce.ts';
import { announceChangedRole, announceDeletedRoom, announceEndedMembership } from '../shared/access.ts';
import type { Deps } from '../shared/deps.ts';
import { announcePublicRooms } from './announce.ts';
import type { Membership } from './membership.ts';
import { type TellDeps, tellRoom } from './system-messages.ts';

/** What the end of a membership has led to. */
export interface Ending {
  /** Who owns the room from now on, if nobody did any more. */
  heir?: string;
  /** Nobody was left. */
  isRoomDeleted: boolean;
}

/**
 * Ends a membership, in a transaction that has the room to itself. A room without an owner goes to the moderator who has been
 * there longest, or else to such a member; one without members is deleted. Resolves to undefined for one who is no member.
 */
export async function endMembership(
  tx: Statements,
  { roomId, username }: Membership,
): Promise<Ending | undefined> {
  const ended = await tx.run(
    Prisma.sql`DELETE FROM room_members WHERE room_id = ${roomId} AND username = ${username}`,
  );
  if (ended === 0) return undefined;
  const next = (await highestOfStaff(tx, roomId)) ?? (await longestServing(tx, roomId));
  if (!next) {
    // The few bans and invitations go along.
    await tx.run(Prisma.sql`DELETE FROM rooms WHERE id = ${roomId}`);
    return { isRoomDeleted: true };
  }
  if (next.role === 'owner') return { isRoomDeleted: false };
  await tx.run(Prisma.sql`UPDATE room_members SET role = 'owner' WHERE id = ${next.id}`);
  return { heir: next.username, isRoomDeleted: false };
}

interface Next {
  id: number | bigint;
  username: string;
  role: string;
}

/** An owner if there is one, or else the moderator who joined first. The condition is that of the partial index. */
async function highestOfStaff(tx: Statements, roomId: number): Promise<Next | undefined> {
  const [next] = await tx<Next>(Prisma.sql`
    SELECT id, username, role FROM room_members WHERE room_id = ${roomId} AND role <> 'member'
    ORDER BY role DESC, id LIMIT 1`);
  return next;
}

async function longestServing(tx: Statements, roomId: number): Promise<Next | undefined> {
  const [next] = await tx<Next>(Prisma.sql`
    SELECT id, username, role FROM room_members WHERE room_id = ${roomId} ORDER BY id LIMIT 1`);
  return next;
}

/** Tells all servers what `endMembership` has done, after its transaction. */
export async function announceEnding(
  deps: Pick<Deps, 'sql'> & TellDeps,
  { reason, ...membership }: Membership & { reason: Exclude<LeaveReason, 'deleted'> },
  { heir, isRoomDeleted }: Ending,
): Promise<void> {
  await announceEndedMembership(deps, { ...membership, reason });
  if (isRoomDeleted) return forgetDeletedRoom(deps, membership.roomId);
  if (heir !== undefined) await announceChangedRole(deps, { roomId: membership.roomId, username: heir });
  await announceRoommates(deps, membership);
  await tellRoom(deps, { ...membership, event: reason });
}

/** Deletes the messages of a room that is gone. */
export async function forgetDeletedRoom(
  { bus, roomMessages }: Pick<Deps, 'bus' | 'roomMessages'>,
  roomId: number,
): Promise<void> {
  try {
    await roomMessages.forgetRoom(roomId);
  } finally {
    // Members must be notified even if deleting the messages fails, which nobody can read any more.
    await announceDeletedRoom({ bus }, roomId);
    await announcePublicRooms({ bus });
  }
}
