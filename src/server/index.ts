/// <reference types="node" preserve="true" />
/** Mirage for a program that holds it: the whole server, its parts, and its types. */
export { createApp } from './app.ts';
export { type Config, ConfigError, loadConfig } from './config.ts';
export type { Context, Deps } from './context.ts';
export { openDeps } from './deps.ts';
export { AppError, type Reason } from './errors.ts';
export { createExpressServer } from './http/express-server.ts';
export { type MirageServer, openServer } from './open-server.ts';
export { type AppRouter, appRouter, type Caller, createCaller } from './routers/app-router.ts';
