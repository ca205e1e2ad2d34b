import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';
import { has, type Role } from './powers.ts';

export interface Membership {
  roomId: number;
  username: string;
}

type Memberships = Pick<Deps, 'sql' | 'accessCache'>;

/**
 * Throws 'NOT_A_MEMBER', also for a room that does not exist, so that outsiders cannot probe for rooms. Returns a promise
 * only if the membership has to be looked up.
 */
export function requireMember(deps: Memberships, membership: Membership): Promise<void> | undefined {
  return deps.accessCache.isMember(membership.roomId, membership.username)
    ? undefined
    : isMember(deps, membership).then((found) => {
        if (!found) throw new AppError('NOT_A_MEMBER');
      });
}

export async function isMember(deps: Memberships, membership: Membership): Promise<boolean> {
  if (deps.accessCache.isMember(membership.roomId, membership.username)) return true;
  return (await readPause(deps, membership)) !== undefined;
}

/**
 * The seconds that the member waits between two messages, 0 for most; undefined for one who is no member. Reads it from the
 * database along with the membership, and remembers both.
 */
export async function readPause(
  { sql, accessCache }: Memberships,
  { roomId, username }: Membership,
): Promise<number | undefined> {
  const { version } = accessCache;
  const [row] = await sql<{ role: Role; seconds: number }>(Prisma.sql`
    SELECT m.role, r.slow_mode_seconds AS seconds FROM room_members m JOIN rooms r ON r.id = m.room_id
    WHERE m.room_id = ${roomId} AND m.username = ${username}`);
  if (!row) return undefined;
  const pause = has(row.role, 'speakFreely') ? 0 : row.seconds;
  accessCache.rememberMember(roomId, username, { version, pause });
  return pause;
}
