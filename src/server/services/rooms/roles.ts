import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import { announceChangedRole } from '../shared/access.ts';
import type { Deps } from '../shared/deps.ts';
import { type Actor, roleOf, withPower } from './authority.ts';
import type { Membership } from './membership.ts';
import type { Role } from './powers.ts';

type RoleDeps = Pick<Deps, 'sql' | 'bus' | 'config'>;

/**
 * Gives a member another role. Of owners only they themselves and administrators can take theirs. Throws 'USER_NOT_FOUND' for
 * one who is no member, and 'LAST_OWNER' if nobody would own the room.
 */
export async function setRole(
  deps: RoleDeps,
  { roomId, by, username, role }: Actor & Membership & { role: Role },
): Promise<void> {
  await withPower(deps, { roomId, by }, 'setRoles', async (tx) => {
    const former = await requireRoleOf(tx, { roomId, username });
    if (former === role) return;
    if (former === 'owner') {
      if (by !== null && by !== username) throw new AppError('ROLE_REQUIRED');
      if (!(await hasOtherOwner(tx, { roomId, username }))) throw new AppError('LAST_OWNER');
    }
    await writeRole(tx, { roomId, username, role });
  });
  await announceChangedRole(deps, { roomId, username });
}

/** Makes another member an owner, and the caller a moderator. Throws 'USER_NOT_FOUND' for one who is no member. */
export async function transferOwnership(
  deps: RoleDeps,
  { roomId, by, username }: Membership & { by: string },
): Promise<void> {
  requireSomebodyElse(by, username);
  await withPower(deps, { roomId, by }, 'setRoles', async (tx) => {
    await requireRoleOf(tx, { roomId, username });
    await writeRole(tx, { roomId, username, role: 'owner' });
    await writeRole(tx, { roomId, username: by, role: 'moderator' });
  });
  for (const changed of [username, by]) await announceChangedRole(deps, { roomId, username: changed });
}

/** Throws 'INVALID_INPUT' for what nobody can do to themselves. */
export function requireSomebodyElse(by: string | null, username: string): void {
  if (username !== by) return;
  const message = 'must be another user';
  throw new AppError('INVALID_INPUT', { message, issues: [{ path: 'username', message }] });
}

async function requireRoleOf(tx: Statements, membership: Membership): Promise<Role> {
  const role = await roleOf(tx, membership);
  if (role === undefined) throw new AppError('USER_NOT_FOUND');
  return role;
}

async function hasOtherOwner(tx: Statements, { roomId, username }: Membership): Promise<boolean> {
  const [other] = await tx<unknown>(Prisma.sql`
    SELECT 1 FROM room_members
    WHERE room_id = ${roomId} AND role <> 'member' AND role = 'owner' AND username <> ${username} LIMIT 1`);
  return other !== undefined;
}

/** In a transaction that has the room to itself. */
export async function writeRole(
  tx: Statements,
  { roomId, username, role }: Membership & { role: Role },
): Promise<void> {
  await tx.run(
    Prisma.sql`UPDATE room_members SET role = ${role} WHERE room_id = ${roomId} AND username = ${username}`,
  );
}
