import { countUsers } from '../accounts/users.ts';
import type { Deps } from '../shared/deps.ts';

export interface Stats {
  users: number;
  disabledUsers: number;
  /** Sessions that have not expired. */
  sessions: number;
  publicRooms: number;
  privateRooms: number;
  memberships: number;
  inboxMessages: number;
}

export async function countEverything({
  db,
  sql,
  clock,
}: Pick<Deps, 'db' | 'sql' | 'clock'>): Promise<Stats> {
  return {
    users: await countUsers({ sql }),
    disabledUsers: await db.user.count({ where: { disabledAt: { not: null } } }),
    sessions: await db.session.count({
      where: { expiresAt: { gt: new Date(clock()) }, ended: false, scopes: null },
    }),
    publicRooms: await db.room.count({ where: { isPrivate: false } }),
    privateRooms: await db.room.count({ where: { isPrivate: true } }),
    memberships: await db.roomMember.count(),
    inboxMessages: await db.inboxMessage.count(),
  };
}
