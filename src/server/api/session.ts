import type { TRPCProcedureType } from '@trpc/server';
import { AppError, type Reason } from '../core/errors.ts';
import type { Session } from '../core/session.ts';
import { cachedSession, findSession } from '../services/sessions/authenticate.ts';
import type { Context } from './context.ts';
import { isInScope, outOfScope } from './scope.ts';

/**
 * The session of the caller of a procedure, whose calls in progress are bounded; a promise only where there is something to
 * wait for. What is done for a procedure elsewhere names that one. Throws 'UNAUTHORIZED', 'OUT_OF_SCOPE' for an access token
 * that may not call it, or 'TOO_MANY_REQUESTS'.
 */
export function sessionOf(ctx: Context, path: string, type: TRPCProcedureType): Session | Promise<Session> {
  const { deps, token, sessionCache } = ctx;
  const known = ctx.session ?? sessionCache?.session;
  const session = known ?? (token === undefined ? undefined : cachedSession(deps, token));
  if (!session) return openSession(ctx, path, type);
  if (session.scopes && !isInScope(session.scopes, path, type)) throw outOfScope();
  return enter(ctx, session);
}

async function openSession(ctx: Context, path: string, type: TRPCProcedureType): Promise<Session> {
  const { deps, token, address } = ctx;
  const session = token === undefined ? null : await findSession(deps, token, address);
  if (!session) throw new AppError('UNAUTHORIZED');
  if (session.scopes && !isInScope(session.scopes, path, type)) throw outOfScope();
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

const isNoSession: ReadonlySet<Reason> = new Set(['UNAUTHORIZED', 'OUT_OF_SCOPE']);

/**
 * Whether the caller has a session, for procedures that are public but bounded for strangers. An access token that may not
 * call the procedure counts as none.
 */
export async function hasSession(ctx: Context, path: string, type: TRPCProcedureType): Promise<boolean> {
  if (ctx.token === undefined && !ctx.session && !ctx.sessionCache?.session) return false;
  try {
    await sessionOf(ctx, path, type);
    return true;
  } catch (error) {
    if (error instanceof AppError && isNoSession.has(error.reason)) return false;
    throw error;
  }
}
