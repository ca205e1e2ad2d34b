import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { compareMessageIds, partsOf } from '../../infra/stores/room-message-store.ts';
import { forever } from '../inbox/conversation-settings.ts';
import type { Deps } from '../shared/deps.ts';
import { announceOwnRoom, announceRead } from './announce.ts';
import type { Membership } from './membership.ts';
import { positionAt } from './room-positions.ts';
import { findRoomState } from './room-states.ts';

// What members keep of a room for themselves, and their other sessions learn of.

type OwnDeps = Pick<Deps, 'sql' | 'bus' | 'roomMessages'>;

/**
 * Marks the messages of a room up to and including `upTo` as read. Marks only move forward, and not past the newest message:
 * those yet to come have not been read. Throws 'NOT_A_MEMBER'.
 */
export async function markRoomRead(
  deps: OwnDeps,
  { roomId, username, upTo }: Membership & { upTo: string },
): Promise<{ unread: number; mentions: number; position: string }> {
  const newest = await deps.roomMessages.newestId(roomId);
  const { ms, seq } = partsOf(compareMessageIds(upTo, newest) > 0 ? newest : upTo);
  const moved = await deps.sql.run(Prisma.sql`
    UPDATE room_members SET read_ms = ${ms}, read_seq = ${seq}
    WHERE room_id = ${roomId} AND username = ${username} AND (read_ms < ${ms} OR (read_ms = ${ms} AND read_seq < ${seq}))`);
  if (moved > 0) await announceRead(deps, { roomId, username });
  const position = await positionAt(deps, await deps.roomMessages.newestId());
  const found = await findRoomState(deps, { roomId, username });
  if (!found) throw new AppError('NOT_A_MEMBER');
  const { unread, mentions } = found.room;
  return { unread, mentions, position };
}

/**
 * Turns notifications of a room off until a time, or for good, or on again with null. Unread counts go on. Throws
 * 'NOT_A_MEMBER'.
 */
export async function muteRoom(
  deps: OwnDeps,
  { roomId, username, until }: Membership & { until: Date | null | undefined },
): Promise<{ mutedUntil: Date | null }> {
  const mutedUntil = until === undefined ? forever : until;
  const muted = await deps.sql.run(Prisma.sql`
    UPDATE room_members SET muted_until = ${mutedUntil} WHERE room_id = ${roomId} AND username = ${username}`);
  if (muted === 0) throw new AppError('NOT_A_MEMBER');
  await announceOwnRoom(deps, { roomId, username });
  return { mutedUntil };
}
