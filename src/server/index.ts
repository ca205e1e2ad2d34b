/// <reference types="node" preserve="true" />
/**
 * Mirage for a program that holds it: the whole server, its parts, and its types.
 * @module mirage
 */
export { createApp } from './app.ts';
export type { Clock } from './clock.ts';
export { type Config, ConfigError, loadConfig } from './config.ts';
export type { Context, Deps, Session } from './context.ts';
export { type Given, type OpenDeps, openDeps } from './deps.ts';
export { AppError, type ErrorDetails, type Reason } from './errors.ts';
export type { Authenticate, HostOptions, HostUser } from './host/authenticate.ts';
export { createExpressServer } from './http/express-server.ts';
export { attachWebSockets, type UpgradingServer, type WebSocketEndpoint } from './http/ws-server.ts';
export type { Logger } from './logger.ts';
export { createMirage, type Mirage, type MirageOptions } from './mirage.ts';
export { type MirageServer, openServer } from './open-server.ts';
export type { Readiness } from './readiness.ts';
export { type AppRouter, appRouter, type Caller, createCaller } from './routers/app-router.ts';
