import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import { partsOf } from '../../infra/stores/room-message-store.ts';
import { announceRoommates } from '../privacy/announce.ts';
import type { Deps } from '../shared/deps.ts';
import { announceJoined } from './announce.ts';
import { holdRoom, roleOf } from './authority.ts';
import type { Membership } from './membership.ts';
import { requireMembershipQuota } from './quotas.ts';
import { type TellDeps, tellRoom } from './system-messages.ts';

interface Entry extends Membership {
  /** Whether the caller has shown the password, or an invitation. */
  isAdmitted: boolean;
  /** Runs in the same transaction if a membership is added. */
  onAdded?(tx: Statements): Promise<void>;
}

/**
 * Makes the user a member; one who is a member stays so. Throws 'ROOM_NOT_FOUND', 'NOT_A_MEMBER' for one who is banned,
 * 'PASSWORD_REQUIRED' if the room has become private meanwhile, or 'MEMBERSHIP_LIMIT'.
 */
export async function addMember(
  deps: Pick<Deps, 'sql' | 'clock'> & TellDeps,
  { roomId, username, isAdmitted, onAdded }: Entry,
): Promise<void> {
  if (await roleOf(deps.sql, { roomId, username })) return;
  await requireMembershipQuota(deps, username);
  const { ms, seq } = partsOf(await deps.roomMessages.newestId(roomId)); // what was said before counts as read
  const entered = await deps.sql.transaction(async (tx) => {
    const room = await holdRoom(deps, tx, { roomId, shared: true });
    if (!room) throw new AppError('ROOM_NOT_FOUND');
    await requireNotBanned(deps, tx, { roomId, username });
    if (room.isPrivate && !isAdmitted) throw new AppError('PASSWORD_REQUIRED');
    // Joining again is sorted out before the conflict, which would use up an id. Whoever comes into an empty room, as there are
    // from before rooms had owners, owns it: otherwise nobody ever would.
    const added = await tx.run(Prisma.sql`
      INSERT INTO room_members (room_id, username, joined_at, read_ms, read_seq, role)
      SELECT id, ${username}, ${new Date(deps.clock())}, ${ms}, ${seq},
        CASE WHEN EXISTS (SELECT 1 FROM room_members WHERE room_id = ${roomId}) THEN 'member' ELSE 'owner' END
      FROM rooms WHERE id = ${roomId}
        AND NOT EXISTS (SELECT 1 FROM room_members WHERE room_id = ${roomId} AND username = ${username})
      ON CONFLICT (room_id, username) DO NOTHING`);
    if (added === 0) return undefined;
    await onAdded?.(tx);
    return room;
  });
  if (!entered) return;
  await announceJoined(deps, { roomId, username });
  await tellRoom(deps, { roomId, username, event: 'joined' });
  if (entered.isPrivate) await announceRoommates(deps, { roomId, username });
}

/** Throws 'NOT_A_MEMBER': the banned learn no more than that they are not in the room. */
export async function requireNotBanned(
  { clock }: Pick<Deps, 'clock'>,
  sql: Statements,
  { roomId, username }: Membership,
): Promise<void> {
  const [ban] = await sql(Prisma.sql`
    SELECT 1 FROM room_bans WHERE room_id = ${roomId} AND username = ${username}
      AND (until IS NULL OR until > ${new Date(clock())})`);
  if (ban) throw new AppError('NOT_A_MEMBER', { message: 'you are banned from this room' });
}
