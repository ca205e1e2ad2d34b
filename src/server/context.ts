import type { AccessCache } from './access-cache.ts';
import type { EventBus } from './bus/event-bus.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { InboxWriter } from './db/inbox-writer.ts';
import type { Db } from './db/open-db.ts';
import type { RawSql } from './db/raw-sql.ts';
import type { Host } from './host/host.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { KnownCallers } from './limits/known-callers.ts';
import type { RateLimits } from './limits/rate-limits.ts';
import type { Hub } from './live/hub.ts';
import type { Presence } from './live/presence.ts';
import type { Logger } from './logger.ts';
import type { Metrics, Transport } from './metrics/metrics.ts';
import type { Readiness } from './readiness.ts';
import type { RoomMessageStore } from './stores/room-message-store.ts';
import type { Tickets } from './tickets.ts';
import type { TraceContext } from './tracing.ts';

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
  /** Whether what it depends on answers; for health checks. */
  readiness: Readiness;
  /** @internal */
  metrics: Metrics;
  /**
   * The program that Mirage is part of, if it has users of its own.
   * @internal
   */
  host: Host | undefined;
}

/** Who a caller has proven to be. */
export interface Session {
  /** The number of the session, not its token. */
  id: number;
  /** Whose session it is. */
  username: string;
  /** Whether the host must vouch for it. */
  fromHost?: boolean | undefined;
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
  proveOnce?: boolean | undefined;
  /** The caller's network address, for limits. */
  address: string;
  /** The connection that subscriptions attach to. Without one, as within the process, they are plain iterables. */
  connection?: object | undefined;
  /**
   * Told of each call, where a caller need not wait for one before it makes the next.
   * @internal
   */
  underWay?: UnderWay | undefined;
  /**
   * How the call came, if it has no request of its own.
   * @internal
   */
  transport?: Transport | undefined;
  /**
   * What it is a part of in a trace; otherwise what goes on where it is made.
   * @internal
   */
  trace?: TraceContext | undefined;
}

/** The calls of one connection that are not answered yet. */
export interface UnderWay {
  begin(): void;
  end(): void;
}

/** The token of an `Authorization` header: bare, or after `Bearer` in any case. */
export function tokenOf(authorization: string | undefined): string | undefined {
  return authorization?.replace(/^Bearer +/i, '') || undefined;
}
