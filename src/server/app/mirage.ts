import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Caller, createCaller } from '../api/app-router.ts';
import { type Config, loadConfig } from '../core/config.ts';
import type { UpgradingServer } from '../http/live/ws-server.ts';
import { removeAccount } from '../services/departures/remove-account.ts';
import { endHostSessions } from '../services/sessions/host-sessions.ts';
import type { Deps } from '../services/shared/deps.ts';
import { type Overrides, openDeps } from './deps.ts';
import { createEndpoints, type EndpointOptions } from './endpoints.ts';

/** Options of {@link createMirage}. */
export interface MirageOptions extends Overrides, EndpointOptions {
  /** Settings that differ from the defaults. The environment is not read; pass `loadConfig()` to use it. */
  config?: Partial<Config>;
}

/** Mirage embedded in another program. */
export interface Mirage {
  /**
   * Answers requests for Mirage's paths, and calls `next` for all others without changing them. For `app.use(mirage.handler)`
   * in Express and similar frameworks, or within the listener of an `http.createServer`.
   */
  handler(req: IncomingMessage, res: ServerResponse, next: () => void): void;
  /** Accepts WebSockets at `<basePath>/trpc` of a server. Other paths are left to its other `upgrade` listeners. */
  attachWebSockets(server: UpgradingServer): void;
  /**
   * Ends the sessions of a host user, or that of one token, immediately and with all their subscriptions. Call it after the
   * host has ended its own session: when the token is used again, `authenticate` is called again.
   */
  endSessions(which: { username: string } | { token: string }): Promise<void>;
  /**
   * Removes the account of a user for good, with all access to it, as when the host has deleted the user. What others have of the
   * user is renamed in the background. For 30 days nobody gets the name, so that a token which the host still confirms makes no
   * new account. Throws `USER_NOT_FOUND`.
   */
  removeUser(username: string): Promise<void>;
  /** Calls the API in process, as the user that the token belongs to. */
  createCaller(token: string | undefined): Caller;
  /** The services it runs on, for example for a health check: `deps.readiness()`. */
  deps: Deps;
  /**
   * Shuts down gracefully: refuses new requests, tells subscribers to reconnect later, waits up to 10 seconds for requests in
   * progress, and closes the database. It does not close the program's server. Further calls return the same promise.
   */
  close(): Promise<void>;
}

/**
 * Opens the database and everything else. It does not listen, so one process can run several.
 * @throws {TypeError} for an invalid `basePath`; see {@link openDeps} for what else it rejects with.
 */
export async function createMirage({
  config,
  basePath = '',
  legacyRest,
  pages,
  ...overrides
}: MirageOptions = {}): Promise<Mirage> {
  if (!/^(\/[\w.~-]+)*$/.test(basePath))
    throw new TypeError('basePath must be empty or a path such as /chat, without a trailing slash');
  const { deps, close: closeDeps } = await openDeps({ ...loadConfig({}), ...config }, overrides, {
    basePath,
  });
  const { handler, attachWebSockets, close } = createEndpoints(deps, { basePath, legacyRest, pages });
  return {
    handler,
    attachWebSockets,
    endSessions: (which) => endHostSessions(deps, which),
    async removeUser(username) {
      await removeAccount(deps, { username });
    },
    createCaller: (token) => createCaller({ deps, token, address: '127.0.0.1' }),
    deps,
    close: onlyOnce(() => close().finally(closeDeps)),
  };
}

/** Every call returns the promise of the first. */
export function onlyOnce(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= stop();
    return stopped;
  };
}
