import type { Deps, Session } from '../context.ts';
import { isTaken } from '../db/open-db.ts';
import { AppError } from '../errors.ts';
import { countWords, maxDescriptionWords } from '../text.ts';
import { requireWithinLimit } from './limits.ts';
import { hashPassword, isPassword, nobodysHash } from './passwords.ts';
import { endAllSessions, endOtherSessions, startSession } from './sessions.ts';

/** What anybody may know of a user. */
export interface Profile {
  username: string;
  /** Absent unless the user has set one. */
  avatarUrl: string | null;
  description: string;
  createdAt: Date;
}

interface ProfileChanges {
  email?: string | undefined;
  avatarUrl?: string | undefined;
  description?: string | undefined;
}

interface NewUser extends ProfileChanges {
  username: string;
  email: string;
  password: string;
  address: string;
}

export async function registerUser(deps: Deps, user: NewUser): Promise<{ username: string }> {
  const { username, email, avatarUrl = '', description = '' } = user;
  refuseLongDescription(description);
  await requireWithinLimit(deps, 'register', user.address);
  const password = await hashPassword(user.password);
  const createdAt = new Date(deps.clock());
  try {
    await deps.db.user.create({ data: { username, email, avatarUrl, description, password, createdAt } });
  } catch (error) {
    throw takenOr(error);
  }
  return { username };
}

/** The answer is the same, and takes as long, for an unknown user as for a wrong password. */
export async function login(
  deps: Deps,
  { username, password, address }: { username: string; password: string; address: string },
): Promise<{ token: string; username: string }> {
  const key = JSON.stringify([username, address]);
  // Counted before the password is looked at: of a thousand guesses sent at once, ten are tried.
  await requireWithinLimit(deps, 'login', key);
  const user = await deps.db.user.findUnique({ where: { username } });
  const stored = user?.password ?? nobodysHash;
  const right = await isPassword(password, stored, (newHash) =>
    // Unless it has been changed meanwhile.
    deps.db.user.updateMany({ where: { username, password: stored }, data: { password: newHash } }),
  );
  if (!user || !right)
    throw new AppError('INVALID_CREDENTIALS', { hidden: user ? 'WRONG_PASSWORD' : 'USER_NOT_FOUND' });
  await deps.limits.forget('login', key);
  const token = await startSession(deps, username);
  // Asked now, since it may have been disabled while the password was checked, and its sessions ended without this one.
  await refuseDisabledUser(deps, username);
  return { token, username };
}

/** Only those who know the password learn of it; the legacy API says what it says of wrong ones. */
async function refuseDisabledUser(deps: Deps, username: string): Promise<void> {
  const { disabledAt } = await requireUser(deps.db, username);
  if (disabledAt === null) return;
  await endAllSessions(deps, username);
  throw new AppError('USER_DISABLED', { hidden: 'WRONG_PASSWORD' });
}

export function countUsers({ db }: Pick<Deps, 'db'>): Promise<number> {
  return db.user.count();
}

export async function getProfile({ db }: Pick<Deps, 'db'>, username: string): Promise<Profile> {
  return publicPart(await requireUser(db, username));
}

/** One's own profile, with what is nobody else's business. */
export async function getOwnProfile({ db }: Pick<Deps, 'db'>, username: string) {
  const user = await requireUser(db, username);
  return { ...publicPart(user), email: user.email };
}

export async function updateProfile(
  { db }: Pick<Deps, 'db'>,
  username: string,
  { email, avatarUrl, description }: ProfileChanges,
) {
  if (description !== undefined) refuseLongDescription(description);
  const data = {
    ...(email !== undefined && { email }),
    ...(avatarUrl !== undefined && { avatarUrl }),
    ...(description !== undefined && { description }),
  };
  try {
    const user = await db.user.update({ where: { username }, data });
    return { ...publicPart(user), email: user.email };
  } catch (error) {
    throw takenOr(error);
  }
}

/** Ends the user's other sessions: whoever knew the old password is out. */
export async function changePassword(
  deps: Deps,
  session: Session,
  { currentPassword, newPassword }: { currentPassword?: string | undefined; newPassword: string },
): Promise<void> {
  const { username } = session;
  if (currentPassword !== undefined) {
    const key = JSON.stringify([username, 'change']);
    await requireWithinLimit(deps, 'login', key);
    const user = await requireUser(deps.db, username);
    if (!(await isPassword(currentPassword, user.password))) throw new AppError('WRONG_PASSWORD');
    await deps.limits.forget('login', key);
  }
  const password = await hashPassword(newPassword);
  await deps.db.user.update({ where: { username }, data: { password } });
  await endOtherSessions(deps, session);
}

async function requireUser(db: Deps['db'], username: string) {
  const user = await db.user.findUnique({ where: { username } });
  if (!user) throw new AppError('USER_NOT_FOUND');
  return user;
}

function publicPart({ username, avatarUrl, description, createdAt }: Profile): Profile {
  return { username, avatarUrl: avatarUrl || null, description, createdAt };
}

function refuseLongDescription(description: string): void {
  if (countWords(description) > maxDescriptionWords) throw new AppError('DESCRIPTION_TOO_LONG');
}

function takenOr(error: unknown): unknown {
  if (isTaken(error, 'username')) return new AppError('USERNAME_TAKEN');
  if (isTaken(error, 'email')) return new AppError('EMAIL_TAKEN');
  return error;
}
