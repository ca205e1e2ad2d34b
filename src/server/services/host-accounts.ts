import type { Deps } from '../context.ts';
import { isTaken } from '../db/open-db.ts';
import { AppError } from '../errors.ts';
import type { HostUser } from '../host/authenticate.ts';
import type { Host } from '../host/host.ts';
import { noEmail } from '../text.ts';
import { nobodysHash } from './passwords.ts';
import { endAllSessions } from './sessions.ts';

type Accounts = Pick<Deps, 'db' | 'bus' | 'clock' | 'log'>;

/** Where the host has the users, nobody else makes accounts or compares passwords. Throws 'MANAGED_BY_HOST'. */
export function requireOwnAccounts({ host }: Pick<Deps, 'host'>): void {
  if (host && !host.ownAccounts) throw new AppError('MANAGED_BY_HOST');
}

/**
 * Makes sure that a user for whom the host vouches has an account, and that it is as the host describes it. Throws
 * 'MANAGED_BY_HOST' when the name belongs to an account that is not the host's.
 */
export async function takeInHostUser(deps: Accounts, host: Host, user: HostUser): Promise<void> {
  const { db, log } = deps;
  const { username } = user;
  const account =
    (await db.user.findUnique({ where: { username } })) ?? (await createHostAccount(deps, user));
  if (!account.fromHost) {
    if (!host.adoptAccounts) {
      log.error(
        { username },
        'a user of the host is refused: an account that is not of the host has this name',
      );
      throw new AppError('MANAGED_BY_HOST', {
        message: 'an account that is not of the host has this name',
        hidden: 'UNAUTHORIZED',
      });
    }
    await db.user.update({ where: { username }, data: { fromHost: true, password: nobodysHash } });
    await endAllSessions(deps, { username });
    log.warn({ username }, 'the host has taken over an account');
  }
  const described = columnsOf(user);
  const changed = Object.entries(described).filter(([name, value]) => {
    return account[name as keyof typeof described] !== value; // safe: they are columns of it
  });
  if (changed.length === 0) return;
  const data = Object.fromEntries(changed);
  try {
    await db.user.update({ where: { username }, data });
  } catch (error) {
    if (!isTaken(error, 'email')) throw error;
    log.warn({ username }, 'another account has the e-mail address of a user of the host');
    await db.user.update({ where: { username }, data: { ...data, email: account.email } });
  }
}

async function createHostAccount({ db, clock, log }: Accounts, { username }: HostUser) {
  try {
    const created = await db.user.create({
      // Nobody has this password, and comparing with it takes as long as with any.
      data: {
        username,
        email: noEmail(username),
        password: nobodysHash,
        createdAt: new Date(clock()),
        fromHost: true,
      },
    });
    log.info({ username }, 'an account was made for a user of the host');
    return created;
  } catch (error) {
    // Another server may just have made it.
    const account = isTaken(error, 'username') ? await db.user.findUnique({ where: { username } }) : null;
    if (!account) throw error;
    return account;
  }
}

function columnsOf({ username, email, avatarUrl, description }: HostUser) {
  return {
    ...(email !== undefined && { email: email ?? noEmail(username) }),
    ...(avatarUrl !== undefined && { avatarUrl: avatarUrl ?? '' }),
    ...(description !== undefined && { description: description ?? '' }),
  };
}
