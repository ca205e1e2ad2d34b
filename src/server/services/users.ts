import { networkOf } from '../address.ts';
import type { Deps, Session } from '../context.ts';
import { isTaken } from '../db/open-db.ts';
import { AppError, reasonOfUnknown } from '../errors.ts';
import { countWords, maxDescriptionWords, shownEmail } from '../text.ts';
import { requireOwnAccounts } from './host-accounts.ts';
import { compare, countLogin, requireWithinLimit } from './limits.ts';
import { hashPassword, isPassword, nobodysHash } from './passwords.ts';
import { endOtherSessions, startSession } from './sessions.ts';

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
  requireOwnAccounts(deps);
  refuseLongDescription(description);
  await requireWithinLimit(deps, 'register', networkOf(user.address));
  const password = await hashPassword(user.password);
  const createdAt = new Date(deps.clock());
  try {
    await deps.db.user.create({ data: { username, email, avatarUrl, description, password, createdAt } });
  } catch (error) {
    throw takenOr(error);
  }
  return { username };
}

interface Login {
  username: string;
  password: string;
  address: string;
  device?: string | undefined;
}

/** The answer is the same, and takes as long, for an unknown user as for a wrong password. */
export async function login(deps: Deps, user: Login): Promise<{ token: string; username: string }> {
  try {
    const opened = await logIn(deps, user);
    deps.metrics.login('ok');
    return opened;
  } catch (error) {
    deps.metrics.login(reasonOfUnknown(error));
    throw error;
  }
}

async function logIn(deps: Deps, user: Login): Promise<{ token: string; username: string }> {
  const { username, address } = user;
  requireOwnAccounts(deps);
  // Counted before the password is looked at: of a thousand guesses sent at once, ten are tried.
  const guess = await countLogin(deps, { username, address });
  // Once more when that was so, as when the first of two logins has replaced a hash of the original's.
  const token = await compare(
    guess,
    async () => (await openSession(deps, user)) ?? (await openSession(deps, user)),
  );
  if (token === undefined) throw new AppError('INVALID_CREDENTIALS', { hidden: 'WRONG_PASSWORD' });
  await guess.wasRight();
  return { token, username };
}

/** Gives undefined when the account was changed while the password was compared. */
async function openSession(deps: Deps, { username, password, device }: Login): Promise<string | undefined> {
  const user = await deps.db.user.findUnique({ where: { username } });
  let passwordHash = user?.password ?? nobodysHash;
  const right = await isPassword(password, passwordHash, async (newHash) => {
    // Unless it has been changed meanwhile.
    const replaced = { where: { username, password: passwordHash }, data: { password: newHash } };
    const { count } = await deps.db.user.updateMany(replaced);
    if (count === 1) passwordHash = newHash;
  });
  if (!user || !right)
    throw new AppError('INVALID_CREDENTIALS', { hidden: user ? 'WRONG_PASSWORD' : 'USER_NOT_FOUND' });
  // Only those who know the password learn of it; the legacy API says what it says of wrong ones.
  if (user.disabledAt !== null) throw new AppError('USER_DISABLED', { hidden: 'WRONG_PASSWORD' });
  return startSession(deps, { username, passwordHash, device });
}

export function countUsers({ db }: Pick<Deps, 'db'>): Promise<number> {
  return db.user.count();
}

export async function getProfile({ db }: Pick<Deps, 'db'>, username: string): Promise<Profile> {
  return publicPart(await requireUser(db, username));
}

/** One's own profile, with what is nobody else's business. Who has no address, as a user of the host may, has '' there. */
export async function getOwnProfile({ db }: Pick<Deps, 'db'>, username: string) {
  const user = await requireUser(db, username);
  return { ...publicPart(user), email: shownEmail(user.email) };
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
    return { ...publicPart(user), email: shownEmail(user.email) };
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
  // Who has the host's word needs no password, and who had one would need the host's word no more.
  if (session.fromHost) throw new AppError('MANAGED_BY_HOST');
  if (currentPassword !== undefined) {
    await requireWithinLimit(deps, 'currentPassword', username);
    const guess = { wasNone: () => deps.limits.takeBack('currentPassword', username) };
    await compare(guess, async () => {
      const user = await requireUser(deps.db, username);
      if (!(await isPassword(currentPassword, user.password))) throw new AppError('WRONG_PASSWORD');
    });
    await deps.limits.forget('currentPassword', username);
  }
  const password = await hashPassword(newPassword);
  // Unless the session has been ended meanwhile: who was shut out must not change the locks.
  const changed = await deps.db.$executeRaw`
    UPDATE users SET password = ${password}
    WHERE username = ${username} AND EXISTS (SELECT 1 FROM sessions WHERE id = ${session.id})`;
  if (changed === 0) throw new AppError('UNAUTHORIZED');
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
