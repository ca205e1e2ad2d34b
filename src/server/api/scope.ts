import type { TRPCProcedureType } from '@trpc/server';
import { AppError } from '../core/errors.ts';

/** What access tokens may call of `auth`: the rest is for people who are logged in. */
const openToAll = 'auth.me';

/** The router and the name of a procedure, also where the API is part of another router. */
const partsOf = (path: string) => path.split('.').slice(-2);

/** The scope in which an access token may call a procedure: that of its router, to read or to change something. */
export function scopeOf(path: string, type: TRPCProcedureType): string {
  const [router = ''] = partsOf(path);
  return `${router}:${type === 'mutation' ? 'write' : 'read'}`;
}

/** Whether an access token with these scopes may call the procedure. */
export const isInScope = (scopes: readonly string[], path: string, type: TRPCProcedureType): boolean =>
  scopes.includes(scopeOf(path, type)) || partsOf(path).join('.') === openToAll;

/** The legacy API knows of no scopes: there the token is as an unknown one. */
export const outOfScope = (message?: string) =>
  new AppError('OUT_OF_SCOPE', { hidden: 'UNAUTHORIZED', ...(message !== undefined && { message }) });
