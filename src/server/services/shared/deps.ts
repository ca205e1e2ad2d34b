import type { Clock, Stopwatch } from '../../core/clock.ts';
import type { Config } from '../../core/config.ts';
import type { Logger } from '../../core/logger.ts';
import type { EventBus } from '../../infra/bus/event-bus.ts';
import type { Db } from '../../infra/db/database.ts';
import type { InboxWriter } from '../../infra/db/inbox-writer.ts';
import type { RawSql } from '../../infra/db/raw-sql.ts';
import type { FileStorage } from '../../infra/files/file-storage.ts';
import type { FileUrls } from '../../infra/files/file-urls.ts';
import type { Pictures } from '../../infra/files/pictures.ts';
import type { KeepAlive } from '../../infra/health/keep-alive.ts';
import type { Readiness } from '../../infra/health/readiness.ts';
import type { Host } from '../../infra/host/host.ts';
import type { KnownCallers } from '../../infra/limits/known-callers.ts';
import type { RateLimits } from '../../infra/limits/rate-limits.ts';
import type { Transfers } from '../../infra/limits/transfers.ts';
import type { UserCalls } from '../../infra/limits/user-calls.ts';
import type { Hub } from '../../infra/live/hub.ts';
import type { Presence } from '../../infra/live/presence.ts';
import type { RoomFeed } from '../../infra/live/room-feed.ts';
import type { UserPresence } from '../../infra/live/user-presence.ts';
import type { Metrics } from '../../infra/metrics/metrics.ts';
import type { Issuers } from '../../infra/oidc/issuers.ts';
import type { InboxSearch } from '../../infra/search/inbox-search.ts';
import type { RoomSearch } from '../../infra/search/room-search.ts';
import type { AccessCache } from '../../infra/stores/access-cache.ts';
import type { BotNames } from '../../infra/stores/bot-names.ts';
import type { DepartedNames } from '../../infra/stores/departed-names.ts';
import type { KeptAnswers } from '../../infra/stores/kept-answers.ts';
import type { KeptMessageStore } from '../../infra/stores/kept-message-store.ts';
import type { RoomMessages } from '../../infra/stores/room-messages.ts';
import type { Tickets } from '../../infra/stores/tickets.ts';

/** What a sweep has removed. */
export interface Swept {
  files: number;
  /** Of what was stored of them, and of no other file. */
  bytes: number;
}

/** What was found when the storage was compared with the database. */
export interface Comparison {
  /** Objects without a row, which have been removed. */
  removed: number;
  /** Keys of rows whose bytes are missing. */
  missing: number;
}

/** What holds and reads files. */
export interface Files {
  storage: FileStorage;
  pictures: Pictures;
  /** Resolves when the storage has been compared with the database, which happens once after the start. */
  compared: Promise<void>;
  /** The contents that are being stored, whose rows come last. */
  storing: Set<string>;
  /** Removes what nobody can read any more. */
  sweep(): Promise<Swept>;
  /** Removes what is stored without a record, as far as no upload can still be about to make one. */
  compare(): Promise<Comparison>;
  uploads: Transfers<'user' | 'address'>;
  downloads: Transfers<'address'>;
}

/** What sends the mails that are stored. */
export interface Mailer {
  /** Call it when a mail has been stored; otherwise it is sent within half a minute. */
  wake(): void;
  /** Resolves when nothing is due and nothing is being sent. */
  idle(): Promise<void>;
}

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
  fileUrls: FileUrls;
  /**
   * Undefined if the server takes no files.
   * @internal
   */
  files: Files | undefined;
  /**
   * Undefined if the server sends no mail.
   * @internal
   */
  mailer: Mailer | undefined;
  /** @internal */
  issuers: Issuers;
  /** @internal */
  accessCache: AccessCache;
  /** @internal */
  roomMessages: RoomMessages;
  /** @internal */
  keptMessages: KeptMessageStore;
  /** @internal */
  bots: BotNames;
  /** @internal */
  departed: DepartedNames;
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
