import { randomBytes } from 'node:crypto';
import type { Deps } from '../context.ts';
import { isTaken } from '../db/open-db.ts';
import { AppError } from '../errors.ts';
import { shownEmail } from '../text.ts';
import { hashPassword } from './passwords.ts';
import { endAllSessions } from './sessions.ts';

/** What an administrator may know of a user. */
export interface Account {
  id: number;
  username: string;
  /** '' for one who has none. */
  email: string;
  createdAt: Date;
  disabledAt: Date | null;
}

const accountColumns = { id: true, username: true, email: true, createdAt: true, disabledAt: true } as const;
const rowsRead = 500;

/** Every account, in the order of their creation, read as they are taken. */
export async function* listAccounts({ db }: Pick<Deps, 'db'>): AsyncGenerator<Account, void> {
  for (let last = 0; ; ) {
    const page = await db.user.findMany({
      where: { id: { gt: last } },
      orderBy: { id: 'asc' },
      take: rowsRead,
      select: accountColumns,
    });
    yield* page.map(shown);
    const newest = page.at(-1);
    if (!newest) return;
    last = newest.id;
  }
}

/** Without the limits for strangers. Throws 'USERNAME_TAKEN' or 'EMAIL_TAKEN'. */
export async function addAccount(
  deps: Pick<Deps, 'db' | 'clock'>,
  { username, email, password }: { username: string; email: string; password: string },
): Promise<Account> {
  return createAccount(deps, { username, email, passwordHash: await hashPassword(password) });
}

/** As `addAccount`, of a password that is hashed already. */
export async function createAccount(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { username, email, passwordHash }: { username: string; email: string; passwordHash: string },
): Promise<Account> {
  try {
    return await db.user.create({
      data: { username, email, password: passwordHash, createdAt: new Date(clock()) },
      select: accountColumns,
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
  return shown(account);
}

const shown = (account: Account): Account => ({ ...account, email: shownEmail(account.email) });

/** Nobody gets in by this name until it is enabled again; what the user has said stays. Doing it twice is no error. */
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

export async function enableAccount(deps: Pick<Deps, 'db'>, username: string): Promise<Account> {
  await findAccount(deps, username);
  await deps.db.user.update({ where: { username }, data: { disabledAt: null } });
  return findAccount(deps, username);
}

/**
 * All sessions of the user end: whoever knew the old password is out. An account of the host becomes one of ours, as it
 * now has a password, and the host's user of this name is refused.
 */
export async function resetPassword(
  deps: Pick<Deps, 'db' | 'bus'>,
  { username, password }: { username: string; password: string },
): Promise<void> {
  await findAccount(deps, username);
  const passwordHash = await hashPassword(password);
  // Before as well, so that nothing that breaks off in between leaves them in.
  await endAllSessions(deps, { username });
  await deps.db.user.update({ where: { username }, data: { password: passwordHash, fromHost: false } });
  await endAllSessions(deps, { username });
}

/** Of 120 random bits, in letters that are not mistaken for others. */
export function newPassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789-';
  return [...randomBytes(24)].map((byte) => letters[byte % letters.length]).join('');
}

export interface OpenSession {
  id: number;
  createdAt: Date;
  expiresAt: Date;
}

/** Those that have not expired, oldest first. */
export async function listOpenSessions(
  deps: Pick<Deps, 'db' | 'clock'>,
  username: string,
): Promise<OpenSession[]> {
  await findAccount(deps, username);
  return deps.db.session.findMany({
    where: { username, expiresAt: { gt: new Date(deps.clock()) }, ended: false },
    orderBy: { id: 'asc' },
    select: { id: true, createdAt: true, expiresAt: true },
  });
}
