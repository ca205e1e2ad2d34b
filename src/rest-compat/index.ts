/// <reference types="node" preserve="true" />
/**
 * The legacy REST API.
 * @module mirage/rest-compat
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Deps } from '../server/services/shared/deps.ts';
import { createRestCompat } from './mount.ts';

export type { LegacyError, LegacyErrors, Route, Tag } from './route.ts';
export { routes } from './routes.ts';

/** Middleware for Express, Connect and similar routers. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Middleware that answers the legacy paths, `/api/…`, in an app of your own, before or after its body parsers. All other
 * paths are passed to `next`. Not needed with `createApp`, which includes it.
 */
export function restCompat(deps: Deps): Middleware {
  const { handle } = createRestCompat(deps);
  return (req, res, next) => {
    const url = req.url ?? '';
    const queryStart = url.indexOf('?');
    if (queryStart < 0) handle(url, undefined, req, res, next);
    else handle(url.slice(0, queryStart), url.slice(queryStart + 1), req, res, next);
  };
}
