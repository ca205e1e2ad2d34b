import { networkOf } from '../../core/address.ts';
import { AppError, reasonOfUnknown } from '../../core/errors.ts';
import { skeletonOf } from '../../core/names/confusables.ts';
import { searchNameOf } from '../../core/names/search-name.ts';
import type { Session } from '../../core/session.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { needsSecondStep, type SecondStep, secondStepOf } from '../factors/second-step.ts';
import { endMailedChanges } from '../mail/links.ts';
import { endOtherSessions } from '../sessions/end-sessions.ts';
import { requireOwnAccounts } from '../sessions/host-accounts.ts';
import { startSession } from '../sessions/sessions.ts';
import type { Deps } from '../shared/deps.ts';
import { compare, countLogin, requireWithinLimit } from '../shared/limits.ts';
import { addressColumns, holdMailbox, isEmailTaken, isMailboxTaken } from '../shared/mailboxes.ts';
import { isUsernameConfusable, isUsernameReserved } from '../shared/names.ts';
import {
  dummyHash,
  hashPassword,
  isPassword,
  lineOfAddress,
  lineOfUser,
  requireTurn,
} from '../shared/passwords.ts';
import { offerEmailVerification, requireMailable, tellOwner } from './email.ts';
import { findLogin, type LoginRow } from './find-login.ts';
import { requireStrongPassword } from './password-rules.ts';
import { type ProfileChanges, requireShortDescription, toTakenName } from './profiles.ts';

interface NewUser extends ProfileChanges {
  username: string;
  email: string;
  password: string;
  address: string;
  /** Whether the legacy API is asked, which is less strict. */
  isLegacy?: boolean | undefined;
}

/** Throws 'USERNAME_TAKEN', 'EMAIL_TAKEN', 'WEAK_PASSWORD' and more. */
export async function registerUser(deps: Deps, user: NewUser): Promise<{ username: string }> {
  const { username, email, avatarUrl = '', description = '' } = user;
  requireOwnAccounts(deps);
  requireShortDescription(description);
  if (deps.mailer && !user.isLegacy) requireMailable(email);
  await requireWithinLimit(deps, 'register', networkOf(user.address));
  await requireAvailable(deps, user);
  await requireStrongPassword(deps, user);
  const password = await hashPassword(user.password, lineOfAddress(user.address));
  const createdAt = new Date(deps.clock());
  const data = {
    username,
    nameSkeleton: skeletonOf(username),
    searchName: searchNameOf(username),
    ...addressColumns(email),
    avatarUrl,
    description,
    password,
    createdAt,
  };
  try {
    await deps.db.$transaction(async (tx) => {
      if (!user.isLegacy) await holdMailbox(tx, deps, email);
      await tx.user.create({ data });
      if (!user.isLegacy && (await isMailboxTaken(tx, user))) throw new AppError('EMAIL_TAKEN');
      // Checked again in the transaction, so that two concurrent users cannot get names that look alike.
      if ((await isUsernameConfusable(tx, username)) || (await isUsernameReserved(tx, username)))
        throw new AppError('USERNAME_TAKEN');
    });
  } catch (error) {
    throw await toTakenName(deps, username, error);
  }
  await offerEmailVerification(deps, { username, email });
  return { username };
}

/** Refuses before a password is hashed, and before an id is used up. Throws 'USERNAME_TAKEN' or 'EMAIL_TAKEN'. */
async function requireAvailable(
  { db }: Pick<Deps, 'db'>,
  { username, email, isLegacy }: Pick<NewUser, 'username' | 'email' | 'isLegacy'>,
) {
  if (!(await isUsernameFree(db, username))) throw new AppError('USERNAME_TAKEN');
  if (await isEmailTaken(db, { username, email, isLegacy })) throw new AppError('EMAIL_TAKEN');
}

/** Whether nobody has the name or one that looks like it, and it is not reserved. */
export async function isUsernameFree(
  db: Pick<Deps['db'], 'user' | 'departure'>,
  username: string,
): Promise<boolean> {
  const taken = await db.user.findUnique({ where: { username }, select: { id: true } });
  if (taken || (await isUsernameConfusable(db, username))) return false;
  return !(await isUsernameReserved(db, username));
}

interface Login {
  username: string;
  password: string;
  address: string;
  device?: string | undefined;
  /** Whether the legacy API is asked, which knows no second step. */
  isLegacy?: boolean | undefined;
}

/** The session of a log-in, or the step that has still to come. */
export type LoginOutcome =
  | { username: string; token: string }
  | { username: string; token: null; challenge: SecondStep };

/** Answers alike, and equally fast, for an unknown user and a wrong password. */
export async function login(deps: Deps, user: Login): Promise<LoginOutcome> {
  try {
    const opened = await openLogin(deps, user);
    if (opened.token !== null) deps.metrics.login('ok');
    return opened;
  } catch (error) {
    deps.metrics.login(reasonOfUnknown(error));
    throw error;
  }
}

async function openLogin(deps: Deps, user: Login): Promise<LoginOutcome> {
  const { username, address } = user;
  requireOwnAccounts(deps);
  const isKnown = deps.knownCallers.has(username, networkOf(address));
  const line = isKnown ? lineOfUser(username) : lineOfAddress(address);
  requireTurn(line); // before anything else is asked
  // Counted before the password is compared: of a thousand parallel guesses, ten are compared.
  const guess = await countLogin(deps, { username, address });
  // Retried once if the account changed meanwhile, for example when a parallel login has upgraded a legacy hash.
  const opened = await compare(
    guess,
    async () => (await openSession(deps, user, line)) ?? (await openSession(deps, user, line)),
  );
  if (opened === undefined) throw new AppError('INVALID_CREDENTIALS', { hidden: 'WRONG_PASSWORD' });
  if (typeof opened === 'string') {
    await guess.succeeded();
    return { token: opened, username };
  }
  // The second factor has yet to be shown: wrong ones before this count on.
  await guess.refund();
  return { username, token: null, challenge: opened };
}

/** Resolves to undefined if the account was changed while the password was compared. */
async function openSession(
  deps: Deps,
  { username, password, device, isLegacy }: Login,
  line: string,
): Promise<string | SecondStep | undefined> {
  const user = await findLogin(deps, username);
  let passwordHash = user?.password ?? dummyHash;
  async function replace(newHash: string): Promise<void> {
    // Only if it has not been changed meanwhile.
    const replaced = await deps.sql.run(Prisma.sql`
      UPDATE users SET password = ${newHash} WHERE username = ${username} AND password = ${passwordHash}`);
    if (replaced === 1) passwordHash = newHash;
  }
  // Asked before the password is compared, and whether or not it is right: it must make no difference there.
  const isRefused = isLegacy === true && (await needsSecondStep(deps, username));
  const right = await isPassword(password, passwordHash, { line, ...(!isRefused && { replace }) });
  if (!user || !right || isRefused)
    throw new AppError('INVALID_CREDENTIALS', { hidden: user ? 'WRONG_PASSWORD' : 'USER_NOT_FOUND' });
  await requireUsable(deps, user);
  const step = await secondStepOf(deps, { username, passwordHash, device });
  return step ?? startSession(deps, { username, passwordHash, device, method: 'password' });
}

/** Refuses those who have shown that the account is theirs. Throws 'USER_DISABLED', 'EMAIL_NOT_VERIFIED'. */
export async function requireUsable(
  deps: Parameters<typeof offerEmailVerification>[0] & Pick<Deps, 'config'>,
  user: Pick<LoginRow, 'username' | 'email' | 'disabledAt' | 'emailVerifiedAt'>,
): Promise<void> {
  // Revealed only to callers who know the password; the legacy API answers as for a wrong one.
  if (user.disabledAt !== null) throw new AppError('USER_DISABLED', { hidden: 'WRONG_PASSWORD' });
  if (deps.config.requireVerifiedEmail && user.emailVerifiedAt === null) {
    await offerEmailVerification(deps, user);
    throw new AppError('EMAIL_NOT_VERIFIED');
  }
}

/** How many accounts there are, of whatever kind. Triggers keep the number, so that it costs the same however many there are. */
export async function countUsers({ sql }: Pick<Deps, 'sql'>): Promise<number> {
  const [row] = await sql<{ users: number | null }>(
    Prisma.sql`SELECT CAST(sum(users) AS INTEGER) AS users FROM user_counts`,
  );
  return row?.users ?? 0;
}

interface NewPassword {
  currentPassword?: string | undefined;
  newPassword: string;
  /** Whether the legacy API is asked, which is less strict. */
  isLegacy?: boolean | undefined;
}

/** Also ends the user's other sessions, so that anyone who knew the old password is logged out, and a change of the address under way. */
export async function changePassword(
  deps: Deps,
  session: Session,
  { currentPassword, newPassword, isLegacy }: NewPassword,
): Promise<void> {
  const { username } = session;
  // The host authenticates its users; a password of their own would let them bypass it.
  if (session.fromHost) throw new AppError('MANAGED_BY_HOST');
  await requireWithinLimit(deps, 'passwordWork', username);
  const line = lineOfUser(username);
  if (currentPassword !== undefined)
    await requireCurrentPassword(deps, { username, password: currentPassword });
  const { email } = await requireUser(deps.db, username);
  await requireStrongPassword(deps, { password: newPassword, username, email, isLegacy });
  const password = await hashPassword(newPassword, line);
  // Only if the session still exists: a revoked session must not change the password.
  await deps.db.$transaction(async (tx) => {
    const changed = await tx.$executeRaw(Prisma.sql`
      UPDATE users SET password = ${password}
      WHERE username = ${username} AND EXISTS (SELECT 1 FROM sessions WHERE id = ${session.id})`);
    if (changed === 0) throw new AppError('UNAUTHORIZED');
    await endMailedChanges(tx, username);
  });
  await endOtherSessions(deps, session);
  await tellOwner(deps, 'passwordChange', { username, email });
}

/** Compares a password with the user's own. Throws 'WRONG_PASSWORD', 'TOO_MANY_REQUESTS'. */
export async function requireCurrentPassword(
  deps: Deps,
  { username, password }: { username: string; password: string },
): Promise<void> {
  await requireWithinLimit(deps, 'currentPassword', username);
  const guess = { refund: () => deps.limits.refund('currentPassword', username) };
  await compare(guess, async () => {
    const user = await findLogin(deps, username);
    if (!user) throw new AppError('USER_NOT_FOUND');
    if (!(await isPassword(password, user.password, { line: lineOfUser(username) })))
      throw new AppError('WRONG_PASSWORD');
  });
  await deps.limits.reset('currentPassword', username);
}

async function requireUser(db: Deps['db'], username: string) {
  const user = await db.user.findUnique({ where: { username } });
  if (!user) throw new AppError('USER_NOT_FOUND');
  return user;
}
