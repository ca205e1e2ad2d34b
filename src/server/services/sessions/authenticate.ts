import { networkOf } from '../../core/address.ts';
import type { Session } from '../../core/session.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { type CachedSession, recheckMs } from '../../infra/stores/access-cache.ts';
import { forgetSessions } from './end-sessions.ts';
import { type HostSessions, isConfirmedByHost, openHostSession } from './host-sessions.ts';
import { extend, hashToken, isDueForExtension, readSession } from './sessions.ts';

/** The session of a token, if it is known well enough for the call to begin at once. */
export function cachedSession(deps: HostSessions, token: string): Session | undefined {
  const cached = deps.accessCache.session(hashToken(token));
  if (!cached || cached.fromHost) return undefined;
  const now = deps.clock();
  return isFresh(deps, cached, now) && !isDueForExtension(deps, cached, now) ? cached : undefined;
}

/** Another server may have extended or ended the session since it was cached. */
const isFresh = ({ stopwatch }: HostSessions, cached: CachedSession, now: number) =>
  cached.expiresAtMs > now && stopwatch() - cached.readAtMs < recheckMs;

/**
 * The live session of a token, or null. Every transport authenticates here. Using a session extends it. An access token is
 * found in the same way; what it may call is for the caller to check. With a host, its tokens open sessions too; then this
 * throws what `Host.ask` throws.
 */
export async function findSession(
  deps: HostSessions,
  token: string,
  address: string,
): Promise<Session | null> {
  const tokenHash = hashToken(token);
  const now = deps.clock();
  const cached = deps.accessCache.session(tokenHash);
  const session = cached && isFresh(deps, cached, now) ? cached : await readSession(deps, tokenHash);
  if (session === 'ended') return null;
  // Also after a restart, and on servers at which the user has not logged in. Not where the user's programs run.
  if (session && session !== cached && !session.scopes)
    deps.knownCallers.add(session.username, networkOf(address));
  if (!session) return openHostSession(deps, { token, address });
  if (session.expiresAtMs <= now) {
    if (!session.fromHost) return null;
    // The host decides how long its sessions last, however long they were unused.
    await forgetSessions(deps, Prisma.sql`id = ${session.id}`);
    return openHostSession(deps, { token, address });
  }
  if (session.fromHost && !(await isConfirmedByHost(deps, session, token))) return null;
  if (isDueForExtension(deps, session, now)) await extend(deps, session);
  return session;
}
