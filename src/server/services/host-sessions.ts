import type { CachedSession } from '../access-cache.ts';
import { networkOf } from '../address.ts';
import type { Deps, Session } from '../context.ts';
import { isUnavailable, unavailable } from '../db/unavailable.ts';
import { AppError } from '../errors.ts';
import { Prisma } from '../generated/sqlite/client.ts';
import type { Host } from '../host/host.ts';
import { announceEndByHost } from './access.ts';
import { takeInHostUser } from './host-accounts.ts';
import { requireWithinLimit } from './limits.ts';
import { forgetSessions, hashToken, insertSession, readSession, type Sessions } from './sessions.ts';

export type HostSessions = Sessions & Pick<Deps, 'host' | 'log' | 'limits' | 'metrics'>;

/** A token that no session has, and where it came from. */
interface Stranger {
  token: string;
  address: string;
}

const userKey = (username: string) => `user ${username}`;
const tokenKey = (tokenHash: string) => `token ${tokenHash}`;

/**
 * The session of a token that has none yet, if the host vouches for it. Throws what `Host.ask` and `takeInHostUser` do,
 * 'TOO_MANY_REQUESTS' after too many wrong tokens from the address, and 'USER_DISABLED'.
 */
export function openHostSession(deps: HostSessions, stranger: Stranger): Promise<CachedSession | null> {
  const { host } = deps;
  const tokenHash = hashToken(stranger.token);
  if (!host || host.wasRefused(tokenHash)) return Promise.resolve(null);
  return host.once(tokenKey(tokenHash), () => open(deps, host, { ...stranger, tokenHash }));
}

async function open(
  deps: HostSessions,
  host: Host,
  { token, tokenHash, address }: Stranger & { tokenHash: string },
): Promise<CachedSession | null> {
  const network = networkOf(address);
  await requireWithinLimit(deps, 'hostTokens', network);
  const isNoGuess = () => deps.limits.takeBack('hostTokens', network);
  try {
    const session = await letIn(deps, host, { token, tokenHash });
    if (session) await isNoGuess();
    return session;
  } catch (error) {
    // Users that are refused count: each of their requests would ask the host, and write to the log.
    if (isUnavailable(error)) await isNoGuess();
    throw error;
  }
}

async function letIn(
  deps: HostSessions,
  host: Host,
  { token, tokenHash }: { token: string; tokenHash: string },
): Promise<CachedSession | null> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { ends } = host;
    const askedAtMs = deps.clock();
    const user = await host.ask(token, 'stranger');
    if (!user) {
      host.refuse(tokenHash);
      return null;
    }
    await takeInHostUser(deps, host, user);
    const { username } = user;
    const isOwner = Prisma.sql`from_host`;
    const isNew = await insertSession(deps, { token, username, isOwner, fromHost: true });
    const session = await readSession(deps, tokenHash);
    if (!session && !isNew) throw new AppError('USER_DISABLED', { hidden: 'UNAUTHORIZED' });
    if (session === 'ended') return null;
    // The host may have ended it after it had vouched for it, and before there was anything to end.
    if (session && !host.hasEndedSince(ends, [userKey(username), tokenKey(tokenHash)])) {
      host.vouched(session.id, token, askedAtMs);
      return session;
    }
    await forgetSessions(deps, { tokenHash });
  }
  throw unavailable();
}

/**
 * Whether the host still vouches for the token of a session, asking it if that was long ago. If it does not, the session
 * is gone. Throws what `Host.ask` and `takeInHostUser` do.
 */
export async function isVouchedFor(
  deps: HostSessions,
  session: Session,
  token: string,
  { again = false }: { again?: boolean } = {},
): Promise<boolean> {
  const { host } = deps;
  if (!host) return false; // and nobody can
  if (!again && host.isVouchedFor(session.id)) return true;
  return host.once(`session ${session.id}`, async () => {
    const askedAtMs = deps.clock();
    const user = await host.ask(token, 'user');
    if (user?.username === session.username) {
      await takeInHostUser(deps, host, user);
      host.vouched(session.id, token, askedAtMs);
      return true;
    }
    host.refuse(hashToken(token));
    await forgetSessions(deps, { id: session.id });
    return false;
  });
}

/** How long a round of asking about all sessions in use may take, so that there is an end to it before the next. */
const roundMs = 20_000;

/**
 * Asks the host about sessions in use; those that it does not vouch for any more end. Gives the ids of those of which
 * it could not say anything, or not in time.
 */
export async function recheckHostSessions(deps: HostSessions, sessions: Session[]): Promise<Set<number>> {
  const unsaid = new Set<number>();
  const until = deps.clock() + roundMs;
  const waiting = [...sessions];
  async function askInTurn(): Promise<void> {
    for (let session = waiting.pop(); session; session = waiting.pop()) {
      const token = deps.host?.tokenOf(session.id);
      if (token === undefined || deps.clock() > until) {
        unsaid.add(session.id);
        continue;
      }
      try {
        await isVouchedFor(deps, session, token, { again: true });
      } catch (err) {
        if (!(err instanceof AppError)) deps.log.error({ err }, 'asking the host about a session failed');
        unsaid.add(session.id);
      }
    }
  }
  await Promise.all(Array.from({ length: 32 }, askInTurn));
  return unsaid;
}

/**
 * For the host: the sessions of a user, or that of a token, end at once, subscriptions included. It does not keep them from
 * coming back: at the next request the host is asked again.
 */
export async function endHostSessions(
  deps: Sessions,
  which: { username: string } | { token: string },
): Promise<void> {
  const isUser = 'username' in which;
  const tokenHash = isUser ? '' : hashToken(which.token);
  // First, so that who is being let in at this moment sees it.
  await announceEndByHost(deps, isUser ? userKey(which.username) : tokenKey(tokenHash));
  await forgetSessions(deps, { fromHost: true, ended: false, ...(isUser ? which : { tokenHash }) });
}
