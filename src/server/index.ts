/// <reference types="node" preserve="true" />
/**
 * Mirage as a library: the whole server, its parts, and its types.
 * @module mirage
 */

export { type AppRouter, appRouter, type Caller, createCaller } from './api/app-router.ts';
export type { Context } from './api/context.ts';
export { createApp } from './app/app.ts';
export { type OpenDeps, type Overrides, openDeps } from './app/deps.ts';
export { createMirage, type Mirage, type MirageOptions } from './app/mirage.ts';
export { type MirageServer, openServer } from './app/open-server.ts';
export type { Clock } from './core/clock.ts';
export {
  type Config,
  ConfigError,
  type FileSettings,
  loadConfig,
  type MailSender,
  type MailSettings,
  type OidcIssuer,
} from './core/config.ts';
export { AppError, type ErrorDetails, type Issue, type Reason } from './core/errors.ts';
export type { Logger } from './core/logger.ts';
export type { Session } from './core/session.ts';
export { createExpressServer } from './http/express-server.ts';
export { attachWebSockets, type UpgradingServer, type WebSocketEndpoint } from './http/live/ws-server.ts';
export type { Readiness } from './infra/health/readiness.ts';
export type { Authenticate, HostOptions, HostUser } from './infra/host/authenticate.ts';
export type { Deps } from './services/shared/deps.ts';
