import { recheckMs } from '../access-cache.ts';
import type { Session } from '../context.ts';
import { type HostSessions, isVouchedFor, openHostSession } from './host-sessions.ts';
import { forgetSessions, hashToken, prolongIfDue, readSession } from './sessions.ts';

/**
 * The session of a token, unless it has ended or expired: every caller comes in by this, whichever way the token came.
 * Using a session prolongs it. Where there is a host, its tokens open sessions too; then this throws what asking it does.
 */
export async function findSession(
  deps: HostSessions,
  token: string,
  address: string,
): Promise<Session | null> {
  const { clock, accessCache } = deps;
  const tokenHash = hashToken(token);
  const now = clock();
  const cached = accessCache.session(tokenHash);
  // One that seems to have expired may have been prolonged elsewhere, and any may have been ended there.
  const isFresh = cached !== undefined && cached.expiresAtMs > now && now - cached.readAtMs < recheckMs;
  const session = isFresh ? cached : await readSession(deps, tokenHash);
  if (session === 'ended') return null;
  if (!session) return openHostSession(deps, { token, address });
  if (session.expiresAtMs <= now) {
    if (!session.fromHost) return null;
    // That it was not used for long is no matter, if the host still vouches for it.
    await forgetSessions(deps, { id: session.id });
    return openHostSession(deps, { token, address });
  }
  if (session.fromHost && !(await isVouchedFor(deps, session, token))) return null;
  await prolongIfDue(deps, session);
  return session;
}
