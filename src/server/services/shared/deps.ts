import type { Clock, Stopwatch } from '../../core/clock.ts';
import type { Config } from '../../core/config.ts';
import type { Logger } from '../../core/logger.ts';
import type { EventBus } from '../../infra/bus/event-bus.ts';
import type { Db } from '../../infra/db/database.ts';
import type { InboxWriter } from '../../infra/db/inbox-writer.ts';
import type { RawSql } from '../../infra/db/raw-sql.ts';
import type { KeepAlive } from '../../infra/health/keep-alive.ts';
import type { Readiness } from '../../infra/health/readiness.ts';
import type { Host } from '../../infra/host/host.ts';
import type { KnownCallers } from '../../infra/limits/known-callers.ts';
import type { RateLimits } from '../../infra/limits/rate-limits.ts';
import type { UserCalls } from '../../infra/limits/user-calls.ts';
import type { Hub } from '../../infra/live/hub.ts';
import type { Presence } from '../../infra/live/presence.ts';
import type { RoomFeed } from '../../infra/live/room-feed.ts';
import type { UserPresence } from '../../infra/live/user-presence.ts';
import type { Metrics } from '../../infra/metrics/metrics.ts';
import type { InboxSearch } from '../../infra/search/inbox-search.ts';
import type { RoomSearch } from '../../infra/search/room-search.ts';
import type { AccessCache } from '../../infra/stores/access-cache.ts';
import type { KeptAnswers } from '../../infra/stores/kept-answers.ts';
import type { KeptMessageStore } from '../../infra/stores/kept-message-store.ts';
import type { RoomMessages } from '../../infra/stores/room-messages.ts';
import type { Tickets } from '../../infra/stores/tickets.ts';

/** Everything with a lifetime or side effects, opened by `openDeps`. Members marked internal may change in any version. */
export interface Deps {
  // Interfaces only: `app/deps.ts` chooses the implementations.
  /** The settings in use. */
  config: Config;
  /** The wall clock. */
  clock: Clock;
  /** For ages and timeouts. @internal */
  stopwatch: Stopwatch;
  /** The log. */
  log: Logger;
  /** @internal */
  db: Db;
  /**
   * For the few statements that run on nearly every request; all others use `db`.
   * @internal
   */
  sql: RawSql;
  /** @internal */
  inboxWriter: InboxWriter;
  /** @internal */
  inboxSearch: InboxSearch;
  /** @internal */
  roomSearch: RoomSearch;
  /** @internal */
  accessCache: AccessCache;
  /** @internal */
  roomMessages: RoomMessages;
  /** @internal */
  keptMessages: KeptMessageStore;
  /** @internal */
  roomFeed: RoomFeed;
  /** @internal */
  limits: RateLimits;
  /** @internal */
  knownCallers: KnownCallers;
  /** @internal */
  userCalls: UserCalls;
  /**
   * For lists of any length, which take longer than other calls.
   * @internal
   */
  userLists: UserCalls;
  /** @internal */
  keepAlive: KeepAlive;
  /** @internal */
  bus: EventBus;
  /** @internal */
  hub: Hub;
  /** @internal */
  presence: Presence;
  /** @internal */
  userPresence: UserPresence;
  /** @internal */
  tickets: Tickets;
  /** @internal */
  keptAnswers: KeptAnswers;
  /** Whether database and Redis respond, for health checks. */
  readiness: Readiness;
  /** @internal */
  metrics: Metrics;
  /**
   * The application that embeds Mirage, if it provides the users.
   * @internal
   */
  host: Host | undefined;
}
