import { AppError } from '../../core/errors.ts';
import { assignmentsOf } from '../../infra/db/assignments.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { announcePresenceRules } from './announce.ts';

/** Everybody, those who share a private room with the user, or nobody else. */
export type Audience = 'everyone' | 'roommates' | 'nobody';

/** What a user lets others do and know. */
export interface Privacy {
  /** Who may send private messages. */
  whoMayWrite: Audience;
  /** Whether others learn what the user has read. */
  readReceipts: boolean;
  /** Who may see that the user is online or typing. */
  presence: Audience;
  /** Whether searches for users find this one. */
  findable: boolean;
}

type PrivacyChanges = { [Setting in keyof Privacy]?: Privacy[Setting] | undefined };

const columns = Prisma.sql`
  who_may_write AS "whoMayWrite", read_receipts AS "readReceipts", presence, findable`;

export async function getPrivacy({ sql }: Pick<Deps, 'sql'>, username: string): Promise<Privacy> {
  return toPrivacy(await sql<Privacy>(Prisma.sql`SELECT ${columns} FROM users WHERE username = ${username}`));
}

/** Changes the given settings. They hold for every call that begins after this one was answered, on all servers. */
export async function updatePrivacy(
  deps: Pick<Deps, 'sql' | 'bus' | 'limits' | 'metrics'>,
  username: string,
  changes: PrivacyChanges,
): Promise<Privacy> {
  await requireWithinLimit(deps, 'privacy', username);
  const { whoMayWrite, readReceipts, presence, findable } = changes;
  const assignments = assignmentsOf({
    who_may_write: whoMayWrite,
    read_receipts: readReceipts,
    presence,
    findable,
  });
  if (!assignments) return getPrivacy(deps, username);
  const after = await deps.sql<Privacy>(
    Prisma.sql`UPDATE users SET ${assignments} WHERE username = ${username} RETURNING ${columns}`,
  );
  if (presence !== undefined) await announcePresenceRules(deps, [username]);
  return toPrivacy(after);
}

/** A driver may give numbers for truth values. */
function toPrivacy([user]: Privacy[]): Privacy {
  if (!user) throw new AppError('USER_NOT_FOUND');
  return { ...user, readReceipts: Boolean(user.readReceipts), findable: Boolean(user.findable) };
}
