import { AppError } from '../../core/errors.ts';
import { skeletonOf } from '../../core/names/confusables.ts';
import { searchNameOf } from '../../core/names/search-name.ts';
import { noEmail } from '../../core/validation.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import type { HostUser } from '../../infra/host/authenticate.ts';
import type { Host } from '../../infra/host/host.ts';
import { deleteFactors } from '../factors/factors.ts';
import type { Deps } from '../shared/deps.ts';
import { addressColumns } from '../shared/mailboxes.ts';
import { isUsernameReserved } from '../shared/names.ts';
import { dummyHash } from '../shared/passwords.ts';
import { endAllSessions } from './end-sessions.ts';

type Accounts = Pick<Deps, 'db' | 'sql' | 'bus' | 'clock' | 'log'>;

/** Throws 'MANAGED_BY_HOST' if accounts and passwords are managed by the host alone. */
export function requireOwnAccounts({ host }: Pick<Deps, 'host'>): void {
  if (host && !host.ownAccounts) throw new AppError('MANAGED_BY_HOST');
}

/**
 * Creates or updates the account of a user confirmed by the host. Throws 'MANAGED_BY_HOST' if the name belongs to a local
 * account, and 'USER_DISABLED' for one who was removed lately: a token of theirs may still be valid.
 */
export async function syncHostUser(deps: Accounts, host: Host, user: HostUser): Promise<void> {
  const { db, log } = deps;
  const { username } = user;
  const account = (await db.user.findUnique({ where: { username } })) ?? (await createUnreserved(deps, user));
  if (!account.fromHost) {
    if (!host.adoptAccounts || account.isBot) {
      log.error({ username }, 'host user refused: a local account has this name');
      throw new AppError('MANAGED_BY_HOST', {
        message: 'a local account has this name',
        hidden: 'UNAUTHORIZED',
      });
    }
    await db.$transaction(async (tx) => {
      await tx.user.update({ where: { username }, data: { fromHost: true, password: dummyHash } });
      await deleteFactors(tx, username);
      await tx.identity.deleteMany({ where: { username } });
    });
    await endAllSessions(deps, { username });
    log.warn({ username }, 'the host has adopted a local account');
  }
  const described = columnsOf(user);
  const changed = Object.entries(described).filter(([name, value]) => {
    return account[name as keyof typeof described] !== value; // safe: they are columns of it
  });
  if (changed.length === 0) return;
  const data = {
    ...Object.fromEntries(changed),
    // The host says what the address is, and not that anybody has opened a link there.
    ...('email' in Object.fromEntries(changed) && { emailVerifiedAt: null, pendingEmail: null }),
  };
  try {
    await db.user.update({ where: { username }, data });
  } catch (error) {
    if (!isTaken(error, 'email')) throw error;
    log.warn({ username }, 'the e-mail address of a host user is taken by another account');
    const { email, mailbox, emailVerifiedAt, pendingEmail } = account;
    const kept = { email, mailbox, emailVerifiedAt, pendingEmail };
    await db.user.update({ where: { username }, data: { ...data, ...kept } });
  }
}

async function createUnreserved(deps: Accounts, user: HostUser) {
  if (await isUsernameReserved(deps.db, user.username))
    throw new AppError('USER_DISABLED', { hidden: 'UNAUTHORIZED' });
  return createHostAccount(deps, user);
}

async function createHostAccount({ db, clock, log }: Accounts, { username }: HostUser) {
  try {
    const created = await db.user.create({
      // A hash that no password matches, as slow to compare as any other.
      data: {
        username,
        nameSkeleton: skeletonOf(username),
        searchName: searchNameOf(username),
        ...addressColumns(noEmail(username)),
        password: dummyHash,
        createdAt: new Date(clock()),
        fromHost: true,
      },
    });
    log.info({ username }, 'account created for a host user');
    return created;
  } catch (error) {
    // Another server may have created it at the same time.
    const account = isTaken(error, 'username') ? await db.user.findUnique({ where: { username } }) : null;
    if (!account) throw error;
    return account;
  }
}

function columnsOf({ username, email, avatarUrl, description }: HostUser) {
  return {
    ...(email !== undefined && addressColumns(email ?? noEmail(username))),
    ...(avatarUrl !== undefined && { avatarUrl: avatarUrl ?? '' }),
    ...(description !== undefined && { description: description ?? '' }),
  };
}
