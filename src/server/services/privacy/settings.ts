import { AppError } from '../../core/errors.ts';
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

const select = { whoMayWrite: true, readReceipts: true, presence: true, findable: true };

export async function getPrivacy({ db }: Pick<Deps, 'db'>, username: string): Promise<Privacy> {
  const user = await db.user.findUnique({ where: { username }, select });
  if (!user) throw new AppError('USER_NOT_FOUND');
  return toPrivacy(user);
}

/** Changes the given settings. They hold for every call that begins after this one was answered, on all servers. */
export async function updatePrivacy(
  deps: Pick<Deps, 'db' | 'sql' | 'bus' | 'limits' | 'metrics'>,
  username: string,
  changes: PrivacyChanges,
): Promise<Privacy> {
  await requireWithinLimit(deps, 'privacy', username);
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const data: Partial<Privacy> = Object.fromEntries(given);
  const after = await deps.db.user.update({ where: { username }, data, select });
  if (changes.presence !== undefined) await announcePresenceRules(deps, [username]);
  return toPrivacy(after);
}

// safe: the columns are written here alone, and by default 'everyone'
const toPrivacy = (user: Record<keyof Privacy, unknown>) => user as unknown as Privacy;
