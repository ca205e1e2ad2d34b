/// <reference types="node" preserve="true" />
/** Mirage for a program that holds it: the whole server, its parts, and its types. */
export { createApp } from './app.ts';
export { type Config, ConfigError, loadConfig } from './config.ts';
export type { Context, Deps } from './context.ts';
export { type Given, openDeps } from './deps.ts';
export { AppError, type Reason } from './errors.ts';
export type { Authenticate, HostOptions, HostUser } from './host/authenticate.ts';
export { createExpressServer } from './http/express-server.ts';
export { attachWebSockets } from './http/ws-server.ts';
export { createMirage, type Mirage, type MirageOptions } from './mirage.ts';
export { type MirageServer, openServer } from './open-server.ts';
export { type AppRouter, appRouter, type Caller, createCaller } from './routers/app-router.ts';
