import { AppError } from '../core/errors.ts';
import type { Session } from '../core/session.ts';
import { cachedSession, findSession } from '../services/sessions/authenticate.ts';
import type { Context } from './context.ts';

/**
 * The session of the caller, whose calls in progress are bounded; a promise only where there is something to wait for.
 * Throws 'UNAUTHORIZED' or 'TOO_MANY_REQUESTS'.
 */
export function sessionOf(ctx: Context): Session | Promise<Session> {
  const { deps, token, sessionCache } = ctx;
  const known = ctx.session ?? sessionCache?.session;
  const session = known ?? (token === undefined ? undefined : cachedSession(deps, token));
  return session ? enter(ctx, session) : openSession(ctx);
}

async function openSession(ctx: Context): Promise<Session> {
  const { deps, token, address } = ctx;
  const session = token === undefined ? null : await findSession(deps, token, address);
  if (!session) throw new AppError('UNAUTHORIZED');
  return enter(ctx, session);
}

function enter({ deps, sessionCache, held }: Context, session: Session): Session | Promise<Session> {
  if (sessionCache) sessionCache.session = session;
  if (!held) return session;
  const { username } = session;
  const turn = deps.userCalls.enter(username);
  held.release = () => deps.userCalls.leave(username);
  return turn === undefined ? session : turn.then(() => session);
}

/** Whether the caller has a session, for procedures that are public but bounded for strangers. */
export async function hasSession(ctx: Context): Promise<boolean> {
  if (ctx.token === undefined && !ctx.session && !ctx.sessionCache?.session) return false;
  try {
    await sessionOf(ctx);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.reason === 'UNAUTHORIZED') return false;
    throw error;
  }
}
