import express, { type Express } from 'express';
import type { Deps } from '../services/shared/deps.ts';
import { createEndpoints } from './endpoints.ts';

/**
 * Mirage over HTTP, to be mounted in an Express app or served on its own. It does not listen and reads no environment
 * variables, so one process can run several. WebSockets and a graceful shutdown need `createMirage` or `openServer`.
 */
export function createApp(deps: Deps): Express {
  return express()
    .disable('x-powered-by')
    .disable('etag')
    .use(createEndpoints(deps, { pages: true }).handler);
}
