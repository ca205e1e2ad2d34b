/// <reference types="node" preserve="true" />
/**
 * The legacy REST API.
 * @module mirage/rest-compat
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Deps } from '../server/context.ts';
import { createRestCompat } from './mount.ts';

export type { LegacyError, LegacyErrors, Route, Tag } from './route.ts';
export { routes } from './routes.ts';

/** As Express, Connect and routers like them take one. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * The legacy paths, `/api/…`, for an app of one's own, before or after what parses bodies; all others go on to `next`.
 * `createApp` has it already.
 */
export function restCompat(deps: Deps): Middleware {
  const answer = createRestCompat(deps);
  return (req, res, next) => {
    const url = req.url ?? '';
    const mark = url.indexOf('?');
    if (mark < 0) answer(url, undefined, req, res, next);
    else answer(url.slice(0, mark), url.slice(mark + 1), req, res, next);
  };
}
