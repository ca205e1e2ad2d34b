import { networkOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { isUnavailable, unavailable } from '../../infra/db/unavailable.ts';
import type { Host } from '../../infra/host/host.ts';
import type { CachedSession } from '../../infra/stores/access-cache.ts';
import { announceEndByHost } from '../shared/access.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { forgetSessions } from './end-sessions.ts';
import { syncHostUser } from './host-accounts.ts';
import { hashToken, insertSession, readSession, type Sessions } from './sessions.ts';

export type HostSessions = Sessions &
  Pick<Deps, 'db' | 'host' | 'log' | 'limits' | 'knownCallers' | 'metrics'>;

/** A token without a session, and the address it came from. */
interface UnknownToken {
  token: string;
  address: string;
}

const userKey = (username: string) => `user ${username}`;
const tokenKey = (tokenHash: string) => `token ${tokenHash}`;

/**
 * Opens a session for a token that the host confirms; null if it does not. Throws what `Host.ask` and `syncHostUser` throw,
 * 'TOO_MANY_REQUESTS' after too many wrong tokens from the address, and 'USER_DISABLED'.
 */
export function openHostSession(deps: HostSessions, unknown: UnknownToken): Promise<CachedSession | null> {
  const { host } = deps;
  const tokenHash = hashToken(unknown.token);
  if (!host || host.wasRefused(tokenHash)) return Promise.resolve(null);
  return host.once(tokenKey(tokenHash), () => open(deps, host, { ...unknown, tokenHash }));
}

async function open(
  deps: HostSessions,
  host: Host,
  { token, tokenHash, address }: UnknownToken & { tokenHash: string },
): Promise<CachedSession | null> {
  const network = networkOf(address);
  await requireWithinLimit(deps, 'hostTokens', network);
  const refund = () => deps.limits.refund('hostTokens', network);
  try {
    const session = await createHostSession(deps, host, { token, tokenHash });
    if (session) await refund();
    return session;
  } catch (error) {
    // Refused users count: each of their requests asks the host and writes to the log.
    if (isUnavailable(error)) await refund();
    throw error;
  }
}

async function createHostSession(
  deps: HostSessions,
  host: Host,
  { token, tokenHash }: { token: string; tokenHash: string },
): Promise<CachedSession | null> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { ends } = host;
    const askedAtMs = deps.stopwatch();
    const user = await host.ask(token, 'stranger');
    if (!user) {
      host.refuse(tokenHash);
      return null;
    }
    await syncHostUser(deps, host, user);
    const { username } = user;
    const isOwner = Prisma.sql`from_host`;
    const isNew = await insertSession(deps, { token, username, method: 'host', isOwner, fromHost: true });
    const session = await readSession(deps, tokenHash);
    if (!session && !isNew) throw new AppError('USER_DISABLED', { hidden: 'UNAUTHORIZED' });
    if (session === 'ended') return null;
    // The host may have ended it after confirming the token and before the session existed.
    if (session && !host.hasEndedSince(ends, [userKey(username), tokenKey(tokenHash)])) {
      host.vouched(session.id, token, askedAtMs);
      return session;
    }
    await forgetSessions(deps, Prisma.sql`token_hash = ${tokenHash}`);
  }
  throw unavailable();
}

/**
 * Whether the host still confirms the token of a session; asks the host if its last answer is too old, and deletes the
 * session if it does not. Throws what `Host.ask` and `syncHostUser` throw.
 */
export async function isConfirmedByHost(
  deps: HostSessions,
  session: Session,
  token: string,
  { again = false }: { again?: boolean } = {},
): Promise<boolean> {
  const { host } = deps;
  if (!host) return false;
  if (!again && host.isVouchedFor(session.id)) return true;
  return host.once(`session ${session.id}`, async () => {
    const askedAtMs = deps.stopwatch();
    const user = await host.ask(token, 'user');
    if (user?.username === session.username) {
      await syncHostUser(deps, host, user);
      host.vouched(session.id, token, askedAtMs);
      return true;
    }
    host.refuse(hashToken(token));
    await forgetSessions(deps, Prisma.sql`id = ${session.id}`);
    return false;
  });
}

/** Time limit for one round of rechecks, so that it ends before the next one starts. */
const roundMs = 20_000;

/**
 * Asks the host about sessions in use and ends those it no longer confirms. Resolves to the ids of those it could not
 * answer for, or not in time.
 */
export async function recheckHostSessions(deps: HostSessions, sessions: Session[]): Promise<Set<number>> {
  const unconfirmed = new Set<number>();
  const until = deps.stopwatch() + roundMs;
  const waiting = [...sessions];
  async function askInTurn(): Promise<void> {
    for (let session = waiting.pop(); session; session = waiting.pop()) {
      const token = deps.host?.tokenOf(session.id);
      if (token === undefined || deps.stopwatch() > until) {
        unconfirmed.add(session.id);
        continue;
      }
      try {
        await isConfirmedByHost(deps, session, token, { again: true });
      } catch (err) {
        if (!(err instanceof AppError)) deps.log.error({ err }, 'asking the host about a session failed');
        unconfirmed.add(session.id);
      }
    }
  }
  await Promise.all(Array.from({ length: 32 }, askInTurn));
  return unconfirmed;
}

/**
 * Called by the host: ends the sessions of a user, or that of a token, and their subscriptions at once. The next request
 * with such a token asks the host again.
 */
export async function endHostSessions(
  deps: Sessions,
  which: { username: string } | { token: string },
): Promise<void> {
  const isUser = 'username' in which;
  const tokenHash = isUser ? '' : hashToken(which.token);
  // First, so that a session being opened at this moment notices it.
  await announceEndByHost(deps, isUser ? userKey(which.username) : tokenKey(tokenHash));
  const whose = isUser ? Prisma.sql`username = ${which.username}` : Prisma.sql`token_hash = ${tokenHash}`;
  await forgetSessions(deps, Prisma.sql`${whose} AND from_host AND NOT ended`);
}
