import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { skeletonOf } from '../../core/names/confusables.ts';
import { searchNameOf } from '../../core/names/search-name.ts';
import { readInSlices } from '../../core/slices.ts';
import { shownEmail } from '../../core/validation.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import { type LimitControl, liftLimits } from '../operations/rate-limits.ts';
import { endAllSessions } from '../sessions/end-sessions.ts';
import type { Deps } from '../shared/deps.ts';
import { isUsernameConfusable } from '../shared/names.ts';
import { hashPassword } from '../shared/passwords.ts';

/** A user as an administrator sees it. */
export interface Account {
  id: number;
  username: string;
  /** '' if the user has none. */
  email: string;
  createdAt: Date;
  disabledAt: Date | null;
}

const accountColumns = { id: true, username: true, email: true, createdAt: true, disabledAt: true } as const;
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

/** Creates an account without rate limits. Throws 'USERNAME_TAKEN' or 'EMAIL_TAKEN'. */
export async function addAccount(
  deps: Pick<Deps, 'db' | 'clock'>,
  { username, email, password }: { username: string; email: string; password: string },
): Promise<Account> {
  return createAccount(deps, { username, email, passwordHash: await hashPassword(password) });
}

/** As `addAccount`, with a password that is already hashed. */
export async function createAccount(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { username, email, passwordHash }: { username: string; email: string; passwordHash: string },
): Promise<Account> {
  const names = { username, nameSkeleton: skeletonOf(username), searchName: searchNameOf(username) };
  try {
    return await db.$transaction(async (tx) => {
      const account = await tx.user.create({
        data: { ...names, email, password: passwordHash, createdAt: new Date(clock()) },
        select: accountColumns,
      });
      if (await isUsernameConfusable(tx, username)) throw new AppError('USERNAME_TAKEN');
      return account;
    });
  } catch (error) {
    if (isTaken(error, 'username')) throw new AppError('USERNAME_TAKEN');
    if (isTaken(error, 'email')) throw new AppError('EMAIL_TAKEN');
    throw error;
  }
}

export async function findAccount({ db }: Pick<Deps, 'db'>, username: string): Promise<Account> {
  const account = await db.user.findUnique({ where: { username }, select: accountColumns });
  if (!account) throw new AppError('USER_NOT_FOUND');
  return toAccount(account);
}

const toAccount = (account: Account): Account => ({ ...account, email: shownEmail(account.email) });

/** Blocks logins until the account is enabled again and ends its sessions; its messages stay. Idempotent. */
export async function disableAccount(
  deps: Pick<Deps, 'db' | 'bus' | 'clock'>,
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
 * Sets a password and ends all sessions of the user. A host account becomes a local one, since it now has a password, and
 * the host's user of that name is refused from then on. Failed logins do not keep the user from logging in with it.
 */
export async function resetPassword(
  deps: Pick<Deps, 'db' | 'bus'> & { limits: LimitControl },
  { username, password }: { username: string; password: string },
): Promise<void> {
  await findAccount(deps, username);
  const passwordHash = await hashPassword(password);
  // Before the update as well, so that a failure in between leaves no session open.
  await endAllSessions(deps, { username });
  await deps.db.user.update({ where: { username }, data: { password: passwordHash, fromHost: false } });
  await endAllSessions(deps, { username });
  await liftLoginLimits(deps, username);
}

async function liftLoginLimits({ limits }: { limits: LimitControl }, username: string): Promise<void> {
  for (const name of ['login', 'currentPassword'] as const) await limits.reset(name, username);
  await liftLimits(limits, { user: username });
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
    where: { username, expiresAt: { gt: new Date(deps.clock()) }, ended: false },
    orderBy: { id: 'asc' },
    select: { id: true, device: true, createdAt: true, expiresAt: true },
  });
}
