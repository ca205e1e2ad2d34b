import { networkOf } from '../../core/address.ts';
import { requireAnswerSize } from '../../core/answer-size.ts';
import { AppError, reasonOfUnknown } from '../../core/errors.ts';
import { skeletonOf } from '../../core/names/confusables.ts';
import { searchNameOf } from '../../core/names/search-name.ts';
import type { Session } from '../../core/session.ts';
import { countWords, maxDescriptionWords, shownAvatarUrl, shownEmail } from '../../core/validation.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import { endOtherSessions } from '../sessions/end-sessions.ts';
import { requireOwnAccounts } from '../sessions/host-accounts.ts';
import { startSession } from '../sessions/sessions.ts';
import type { Deps } from '../shared/deps.ts';
import { compare, countLogin, requireWithinLimit } from '../shared/limits.ts';
import { isUsernameConfusable } from '../shared/names.ts';
import { dummyHash, hashPassword, isPassword, lineOfAddress, lineOfUser } from '../shared/passwords.ts';

/** A user's public profile. */
export interface Profile {
  username: string;
  /** An http(s) URL, or null if the user has set none. */
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
  requireShortDescription(description);
  await requireWithinLimit(deps, 'register', networkOf(user.address));
  await requireAvailable(deps, { username, email });
  const password = await hashPassword(user.password, lineOfAddress(user.address));
  const createdAt = new Date(deps.clock());
  const data = {
    username,
    nameSkeleton: skeletonOf(username),
    searchName: searchNameOf(username),
    email,
    avatarUrl,
    description,
    password,
    createdAt,
  };
  try {
    await deps.db.$transaction(async (tx) => {
      await tx.user.create({ data });
      // Checked again in the transaction, so that two concurrent users cannot get names that look alike.
      if (await isUsernameConfusable(tx, username)) throw new AppError('USERNAME_TAKEN');
    });
  } catch (error) {
    throw toTakenError(error);
  }
  return { username };
}

/** Refuses before a password is hashed, and before an id is used up. Throws 'USERNAME_TAKEN' or 'EMAIL_TAKEN'. */
async function requireAvailable(
  { db }: Pick<Deps, 'db'>,
  { username, email }: Pick<NewUser, 'username' | 'email'>,
) {
  const select = { id: true };
  const isTakenName = await db.user.findUnique({ where: { username }, select });
  if (isTakenName || (await isUsernameConfusable(db, username))) throw new AppError('USERNAME_TAKEN');
  if (await db.user.findUnique({ where: { email }, select })) throw new AppError('EMAIL_TAKEN');
}

interface Login {
  username: string;
  password: string;
  address: string;
  device?: string | undefined;
}

/** Answers alike, and equally fast, for an unknown user and a wrong password. */
export async function login(deps: Deps, user: Login): Promise<{ token: string; username: string }> {
  try {
    const opened = await openLogin(deps, user);
    deps.metrics.login('ok');
    return opened;
  } catch (error) {
    deps.metrics.login(reasonOfUnknown(error));
    throw error;
  }
}

async function openLogin(deps: Deps, user: Login): Promise<{ token: string; username: string }> {
  const { username, address } = user;
  requireOwnAccounts(deps);
  // Counted before the password is compared: of a thousand parallel guesses, ten are compared.
  const guess = await countLogin(deps, { username, address });
  const line = guess.isKnown ? lineOfUser(username) : lineOfAddress(address);
  // Retried once if the account changed meanwhile, for example when a parallel login has upgraded a legacy hash.
  const token = await compare(
    guess,
    async () => (await openSession(deps, user, line)) ?? (await openSession(deps, user, line)),
  );
  if (token === undefined) throw new AppError('INVALID_CREDENTIALS', { hidden: 'WRONG_PASSWORD' });
  await guess.succeeded();
  return { token, username };
}

/** Resolves to undefined if the account was changed while the password was compared. */
async function openSession(
  deps: Deps,
  { username, password, device }: Login,
  line: string,
): Promise<string | undefined> {
  const user = await deps.db.user.findUnique({ where: { username } });
  let passwordHash = user?.password ?? dummyHash;
  async function replace(newHash: string): Promise<void> {
    // Only if it has not been changed meanwhile.
    const replaced = { where: { username, password: passwordHash }, data: { password: newHash } };
    const { count } = await deps.db.user.updateMany(replaced);
    if (count === 1) passwordHash = newHash;
  }
  const right = await isPassword(password, passwordHash, { line, replace });
  if (!user || !right)
    throw new AppError('INVALID_CREDENTIALS', { hidden: user ? 'WRONG_PASSWORD' : 'USER_NOT_FOUND' });
  // Revealed only to callers who know the password; the legacy API answers as for a wrong one.
  if (user.disabledAt !== null) throw new AppError('USER_DISABLED', { hidden: 'WRONG_PASSWORD' });
  return startSession(deps, { username, passwordHash, device });
}

export function countUsers({ db }: Pick<Deps, 'db'>): Promise<number> {
  return db.user.count();
}

export async function getProfile(deps: Pick<Deps, 'sql'>, username: string): Promise<Profile> {
  return requireAnswerSize(toProfile(await readProfile(deps, username)));
}

/** The same for a caller without a session, who could otherwise try names without end. */
export async function getProfileAnonymously(
  deps: Pick<Deps, 'sql' | 'limits' | 'metrics'>,
  username: string,
  address: string,
): Promise<Profile> {
  const network = networkOf(address);
  await requireWithinLimit(deps, 'lookup', network);
  const profile = await getProfile(deps, username);
  await deps.limits.refund('lookup', network);
  return profile;
}

/** The caller's own profile, including the private fields. `email` is '' if there is none, as for some host users. */
export const getOwnProfile = async (deps: Pick<Deps, 'sql'>, username: string) =>
  toOwnProfile(await readProfile(deps, username));

export async function updateProfile(
  { db }: Pick<Deps, 'db'>,
  username: string,
  { email, avatarUrl, description }: ProfileChanges,
) {
  if (description !== undefined) requireShortDescription(description);
  const data = {
    ...(email !== undefined && { email }),
    ...(avatarUrl !== undefined && { avatarUrl }),
    ...(description !== undefined && { description }),
  };
  try {
    const user = await db.user.update({ where: { username }, data });
    return toOwnProfile(user);
  } catch (error) {
    throw toTakenError(error);
  }
}

/** Also ends the user's other sessions, so that anyone who knew the old password is logged out. */
export async function changePassword(
  deps: Deps,
  session: Session,
  { currentPassword, newPassword }: { currentPassword?: string | undefined; newPassword: string },
): Promise<void> {
  const { username } = session;
  // The host authenticates its users; a password of their own would let them bypass it.
  if (session.fromHost) throw new AppError('MANAGED_BY_HOST');
  await requireWithinLimit(deps, 'passwordWork', username);
  const line = lineOfUser(username);
  if (currentPassword !== undefined) {
    await requireWithinLimit(deps, 'currentPassword', username);
    const guess = { refund: () => deps.limits.refund('currentPassword', username) };
    await compare(guess, async () => {
      const user = await requireUser(deps.db, username);
      if (!(await isPassword(currentPassword, user.password, { line }))) throw new AppError('WRONG_PASSWORD');
    });
    await deps.limits.reset('currentPassword', username);
  }
  const password = await hashPassword(newPassword, line);
  // Only if the session still exists: a revoked session must not change the password.
  const changed = await deps.db.$executeRaw`
    UPDATE users SET password = ${password}
    WHERE username = ${username} AND EXISTS (SELECT 1 FROM sessions WHERE id = ${session.id})`;
  if (changed === 0) throw new AppError('UNAUTHORIZED');
  await endOtherSessions(deps, session);
}

async function readProfile(
  { sql }: Pick<Deps, 'sql'>,
  username: string,
): Promise<Profile & { email: string }> {
  const [user] = await sql<StoredProfile>(Prisma.sql`
    SELECT username, email, avatar_url AS "avatarUrl", description, created_at AS "createdAt"
    FROM users WHERE username = ${username}`);
  if (!user) throw new AppError('USER_NOT_FOUND');
  return { ...user, createdAt: new Date(user.createdAt) };
}

type StoredProfile = Omit<Profile, 'createdAt'> & { email: string; createdAt: Date | string };

async function requireUser(db: Deps['db'], username: string) {
  const user = await db.user.findUnique({ where: { username } });
  if (!user) throw new AppError('USER_NOT_FOUND');
  return user;
}

function toProfile({ username, avatarUrl, description, createdAt }: Profile): Profile {
  return { username, avatarUrl: shownAvatarUrl(avatarUrl), description, createdAt };
}

/** Texts of imported accounts may have any length. */
const toOwnProfile = (user: Profile & { email: string }) =>
  requireAnswerSize({ ...toProfile(user), email: shownEmail(user.email) });

function requireShortDescription(description: string): void {
  if (countWords(description) > maxDescriptionWords) throw new AppError('DESCRIPTION_TOO_LONG');
}

function toTakenError(error: unknown): unknown {
  if (isTaken(error, 'username')) return new AppError('USERNAME_TAKEN');
  if (isTaken(error, 'email')) return new AppError('EMAIL_TAKEN');
  return error;
}
