import type { AccessCache } from './access-cache.ts';
import type { EventBus } from './bus/event-bus.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { InboxWriter } from './db/inbox-writer.ts';
import type { Db } from './db/open-db.ts';
import type { RawSql } from './db/raw-sql.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { KnownCallers } from './limits/known-callers.ts';
import type { RateLimits } from './limits/rate-limits.ts';
import type { Hub } from './live/hub.ts';
import type { Presence } from './live/presence.ts';
import type { Logger } from './logger.ts';
import type { Readiness } from './readiness.ts';
import type { RoomMessageStore } from './stores/room-message-store.ts';
import type { Tickets } from './tickets.ts';

/**
 * Everything with a lifetime or an effect: `openDeps` makes it, and who holds Mirage hands it on. What is marked internal
 * may change with any version.
 */
export interface Deps {
  // Contracts only: `deps.ts` alone picks implementations.
  /** The settings it was opened with. */
  config: Config;
  /** What time it is. */
  clock: Clock;
  /** Where everything is logged. */
  log: Logger;
  /** @internal */
  db: Db;
  /**
   * For the few statements that run at nearly every request; all others go through `db`.
   * @internal
   */
  sql: RawSql;
  /** @internal */
  inboxWriter: InboxWriter;
  /** @internal */
  accessCache: AccessCache;
  /** @internal */
  roomMessages: RoomMessageStore;
  /** @internal */
  limits: RateLimits;
  /** @internal */
  knownCallers: KnownCallers;
  /** @internal */
  keepAlive: KeepAlive;
  /** @internal */
  bus: EventBus;
  /** @internal */
  hub: Hub;
  /** @internal */
  presence: Presence;
  /** @internal */
  tickets: Tickets;
  /** @internal */
  readiness: Readiness;
}

/** Who a caller has proven to be. */
export interface Session {
  /** The number of the session, not its token. */
  id: number;
  /** Whose session it is. */
  username: string;
}

/** What a call knows about its caller. */
export interface Context {
  /** From `openDeps`. */
  deps: Deps;
  /** As the caller sent it, not checked yet. */
  token: string | undefined;
  /** Already proven, by a ticket; otherwise the token is asked. */
  session?: Session | undefined;
  /** These are steps of one request: what the first has proven holds for the next. */
  proveOnce?: boolean;
  /** The caller's network address, for limits. */
  address: string;
  /** The connection that subscriptions attach to. Without one, as within the process, they are plain iterables. */
  connection?: object | undefined;
}

/** The token of an `Authorization` header: bare, or after `Bearer` in any case. */
export function tokenOf(authorization: string | undefined): string | undefined {
  return authorization?.replace(/^Bearer +/i, '') || undefined;
}
