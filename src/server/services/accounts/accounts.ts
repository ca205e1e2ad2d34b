import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { skeletonOf } from '../../core/names/confusables.ts';
import { searchNameOf } from '../../core/names/search-name.ts';
import { readInSlices } from '../../core/slices.ts';
import { shownEmail } from '../../core/validation.ts';
import { endMailedChanges } from '../mail/links.ts';
import { type LimitControl, subjectOf } from '../operations/rate-limits.ts';
import { endAllSessions } from '../sessions/end-sessions.ts';
import type { Deps } from '../shared/deps.ts';
import { addressColumns, holdMailbox, isMailboxTaken } from '../shared/mailboxes.ts';
import { isUsernameConfusable, isUsernameReserved } from '../shared/names.ts';
import { hashPassword } from '../shared/passwords.ts';
import { requireStrongPassword } from './password-rules.ts';
import { toTakenName } from './profiles.ts';

/** A user as an administrator sees it. */
export interface Account {
  id: number;
  username: string;
  /** '' if the user has none. */
  email: string;
  createdAt: Date;
  disabledAt: Date | null;
  isBot: boolean;
}

const accountColumns = {
  id: true,
  username: true,
  email: true,
  createdAt: true,
  disabledAt: true,
  isBot: true,
} as const;
const rowsRead = 500;

/** All accounts in order of creation, read slice by slice. */
export async function* listAccounts({ db }: Pick<Deps, 'db'>): AsyncGenerator<Account, void> {
  const slices = readInSlices({
    size: rowsRead,
    keyOf: ({ id }) => id,
    read: (after: number | undefined) =>
      db.user.findMany({
        where: { id: { gt: after ?? 0 } },
        orderBy: { id: 'asc' },
        take: rowsRead,
        select: accountColumns,
      }),
  });
  for await (const slice of slices) yield* slice.map(toAccount);
}

/** Creates an account without rate limits. Throws 'USERNAME_TAKEN', 'EMAIL_TAKEN' or 'WEAK_PASSWORD'. */
export async function addAccount(
  deps: Pick<Deps, 'db' | 'clock' | 'config'>,
  { username, email, password }: { username: string; email: string; password: string },
): Promise<Account> {
  await requireStrongPassword(deps, { username, email, password });
  return createAccount(deps, { username, email, passwordHash: await hashPassword(password) });
}

interface NewAccount {
  username: string;
  email: string;
  passwordHash: string;
  isBot?: boolean;
  emailVerifiedAt?: Date | undefined;
}

/** As `addAccount`, with a password that is already hashed. */
export async function createAccount(
  deps: Pick<Deps, 'db' | 'clock' | 'config'>,
  account: NewAccount,
): Promise<Account> {
  try {
    return await deps.db.$transaction((tx) => insertAccount(tx, deps, account));
  } catch (error) {
    throw await toTakenName(deps, account.username, error);
  }
}

/** Inserts the account, in a transaction that is undone if this throws 'USERNAME_TAKEN', 'EMAIL_TAKEN', or what `toTakenName` knows. */
export async function insertAccount(
  tx: Pick<Deps['db'], 'user' | 'departure' | '$executeRaw'>,
  deps: Pick<Deps, 'clock' | 'config'>,
  { username, email, passwordHash, isBot = false, emailVerifiedAt }: NewAccount,
): Promise<Account> {
  const names = { username, nameSkeleton: skeletonOf(username), searchName: searchNameOf(username) };
  await holdMailbox(tx, deps, email);
  const account = await tx.user.create({
    data: {
      ...names,
      ...addressColumns(email),
      password: passwordHash,
      isBot,
      createdAt: new Date(deps.clock()),
      ...(emailVerifiedAt && { emailVerifiedAt }),
    },
    select: accountColumns,
  });
  if ((await isUsernameConfusable(tx, username)) || (await isUsernameReserved(tx, username)))
    throw new AppError('USERNAME_TAKEN');
  if (await isMailboxTaken(tx, { username, email })) throw new AppError('EMAIL_TAKEN');
  return account;
}

/** An account with what its owner sees of its address. */
export interface AccountDetails extends Account {
  emailVerifiedAt: Date | null;
  /** The address that takes the place of the present one once it is verified. */
  pendingEmail: string | null;
}

export async function showAccount({ db }: Pick<Deps, 'db'>, username: string): Promise<AccountDetails> {
  const select = { ...accountColumns, emailVerifiedAt: true, pendingEmail: true } as const;
  const account = await db.user.findUnique({ where: { username }, select });
  if (!account) throw new AppError('USER_NOT_FOUND');
  return { ...account, email: shownEmail(account.email) };
}

/** Takes the address as verified, on the word of an administrator. Throws 'USER_NOT_FOUND'. */
export async function markEmailVerified(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  username: string,
): Promise<AccountDetails> {
  await findAccount({ db }, username);
  await db.user.updateMany({
    where: { username, emailVerifiedAt: null },
    data: { emailVerifiedAt: new Date(clock()), resetMailedAt: null },
  });
  return showAccount({ db }, username);
}

export async function findAccount({ db }: Pick<Deps, 'db'>, username: string): Promise<Account> {
  const account = await db.user.findUnique({ where: { username }, select: accountColumns });
  if (!account) throw new AppError('USER_NOT_FOUND');
  return toAccount(account);
}

const toAccount = (account: Account): Account => ({ ...account, email: shownEmail(account.email) });

/** Blocks logins until the account is enabled again, and ends its sessions and access tokens; its messages stay. Idempotent. */
export async function disableAccount(
  deps: Pick<Deps, 'db' | 'sql' | 'bus' | 'clock'>,
  username: string,
): Promise<Account> {
  await findAccount(deps, username);
  await deps.db.user.updateMany({
    where: { username, disabledAt: null },
    data: { disabledAt: new Date(deps.clock()) },
  });
  await endAllSessions(deps, { username });
  return findAccount(deps, username);
}

/** Also lifts the limits on logins of this user. */
export async function enableAccount(
  deps: Pick<Deps, 'db'> & { limits: LimitControl },
  username: string,
): Promise<Account> {
  await findAccount(deps, username);
  await deps.db.user.update({ where: { username }, data: { disabledAt: null } });
  await liftLoginLimits(deps, username);
  return findAccount(deps, username);
}

/**
 * Sets a password and ends all sessions and access tokens of the user, which somebody else may have made. A host account becomes a local one, since it now has a password, and
 * the host's user of that name is refused from then on. Failed logins do not keep the user from logging in with it. Throws
 * 'USER_NOT_FOUND' or 'WEAK_PASSWORD'.
 */
export async function resetPassword(
  deps: Pick<Deps, 'db' | 'sql' | 'bus' | 'config'> & { limits: LimitControl },
  { username, password }: { username: string; password: string },
): Promise<void> {
  const { email } = await requirePassword(deps, username);
  await requireStrongPassword(deps, { username, email, password });
  const passwordHash = await hashPassword(password);
  // Before the update as well, so that a failure in between leaves no session open.
  await endAllSessions(deps, { username });
  await deps.db.$transaction(async (tx) => {
    await tx.user.update({ where: { username }, data: { password: passwordHash, fromHost: false } });
    await endMailedChanges(tx, username);
  });
  await endAllSessions(deps, { username });
  await liftLoginLimits(deps, username);
}

/** Those on passwords. That on second factors stays: whoever has a new password must still not guess codes. */
export async function liftLoginLimits({ limits }: { limits: LimitControl }, username: string): Promise<void> {
  for (const name of ['login', 'currentPassword'] as const) await limits.reset(name, username);
  for (const reached of await limits.reached())
    if (reached.name === 'loginFromKnownAddress' && subjectOf(reached).user === username)
      await limits.reset(reached.name, reached.key);
}

/** Throws 'USER_NOT_FOUND', and 'INVALID_INPUT' for a bot, which logs in nowhere. */
export async function requirePassword(deps: Pick<Deps, 'db'>, username: string): Promise<Account> {
  const account = await findAccount(deps, username);
  if (account.isBot)
    throw new AppError('INVALID_INPUT', { message: 'a bot has no password: make an access token for it' });
  return account;
}

/** A random password of 120 bits, in characters that are hard to confuse. */
export function newPassword(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  return [...randomBytes(24)].map((byte) => letters[byte % letters.length]).join('');
}

export interface OpenSession {
  id: number;
  /** The device name given at login. */
  device: string | null;
  /** How its user logged in; null for older ones. */
  method: string | null;
  createdAt: Date;
  expiresAt: Date;
}

/** The sessions that have not expired, oldest first. */
export async function listOpenSessions(
  deps: Pick<Deps, 'db' | 'clock'>,
  username: string,
): Promise<OpenSession[]> {
  await findAccount(deps, username);
  return deps.db.session.findMany({
    where: { username, expiresAt: { gt: new Date(deps.clock()) }, ended: false, scopes: null },
    orderBy: { id: 'asc' },
    select: { id: true, device: true, method: true, createdAt: true, expiresAt: true },
  });
}
