import { createClocks } from '../core/clock.ts';
import { type Config, requireComplete } from '../core/config.ts';
import { createLogger, type Logger } from '../core/logger.ts';
import { sparingLog } from '../core/sparing-log.ts';
import { readVersion } from '../core/version.ts';
import { claimDatabase, serverPurpose } from '../infra/bus/control-socket.ts';
import { createMemoryEventBus } from '../infra/bus/memory-event-bus.ts';
import { databaseFile, isDatabaseFile } from '../infra/db/database-file.ts';
import { Prisma } from '../infra/db/generated/sqlite/client.ts';
import { createInboxWriter } from '../infra/db/inbox-writer.ts';
import { requireSound } from '../infra/db/inspect.ts';
import { openDb } from '../infra/db/open-db.ts';
import { openFileUrls } from '../infra/files/open-file-urls.ts';
import { createKeepAlive } from '../infra/health/keep-alive.ts';
import { createReadiness } from '../infra/health/readiness.ts';
import type { HostOptions } from '../infra/host/authenticate.ts';
import { createHost } from '../infra/host/host.ts';
import { createMemoryKnownCallers } from '../infra/limits/known-callers.ts';
import { createMemoryRateLimits } from '../infra/limits/memory-rate-limits.ts';
import { limitsOf, onlySlowMode } from '../infra/limits/rate-limits.ts';
import { createUserCalls } from '../infra/limits/user-calls.ts';
import { createHub } from '../infra/live/hub.ts';
import { createPresence } from '../infra/live/presence.ts';
import { createRoomFeed } from '../infra/live/room-feed.ts';
import { createUserPresence } from '../infra/live/user-presence.ts';
import { noMetrics } from '../infra/metrics/metrics.ts';
import { openIssuers } from '../infra/oidc/issuers.ts';
import type { RedisLink } from '../infra/redis/redis.ts';
import { createAccessCache } from '../infra/stores/access-cache.ts';
import { createBotNames } from '../infra/stores/bot-names.ts';
import { createDepartedNames } from '../infra/stores/departed-names.ts';
import { createKeptMessageStore } from '../infra/stores/kept-message-store.ts';
import { createMemoryKeptAnswers } from '../infra/stores/memory-kept-answers.ts';
import { createMemoryRoomMessageStore } from '../infra/stores/memory-room-message-store.ts';
import { openRoomMessageJournal } from '../infra/stores/room-message-journal.ts';
import { createRoomMessages } from '../infra/stores/room-messages.ts';
import { createMemoryTickets } from '../infra/stores/tickets.ts';
import { watchBots } from '../services/accounts/bots.ts';
import { watchDepartedNames } from '../services/departures/departed-names.ts';
import { startDepartures } from '../services/departures/departures.ts';
import { startExports } from '../services/exports/make-exports.ts';
import { endSessionsWithoutFactor } from '../services/factors/factors.ts';
import { beginEra } from '../services/inbox/positions.ts';
import { startInboxRetention } from '../services/inbox/retention.ts';
import { watchExpiries } from '../services/live/watch-expiries.ts';
import { startMailSender } from '../services/mail/sender.ts';
import { answerCommands } from '../services/operations/commands.ts';
import {
  loadImportedRoomMessages,
  warnOfImportedRoomMessages,
} from '../services/operations/imported-room-messages.ts';
import { recheckAccess, watchSubscribers } from '../services/operations/recheck-access.ts';
import { warmUp } from '../services/operations/warm-up.ts';
import { watchPrivacy } from '../services/privacy/announce.ts';
import { createPresenceRules } from '../services/privacy/presence-rules.ts';
import { startKeptSweeps } from '../services/rooms/kept-sweeps.ts';
import { createRoomReader } from '../services/rooms/room-states.ts';
import { watchAccess } from '../services/shared/access.ts';
import type { Deps } from '../services/shared/deps.ts';
import { addMissingMailboxes } from '../services/shared/mailboxes.ts';
import { addMissingNameForms } from '../services/shared/names.ts';
import { hashing } from '../services/shared/passwords.ts';
import { checkFiles } from './check-settings.ts';
import { filesPlaceOf, openFiles } from './files.ts';
import { openSearches } from './searches.ts';

/** What an embedding program may replace: the clock, the logger, and where users come from. */
export type Overrides = Partial<Pick<Deps, 'clock' | 'log'>> & HostOptions;

/** The result of {@link openDeps}. */
export interface OpenDeps {
  /** For `createApp` and for contexts of `createCaller`. */
  deps: Deps;
  /** Flushes pending writes and closes everything that was opened. */
  close(): Promise<void>;
}

/**
 * Opens everything that Mirage needs below HTTP. The database is created and migrated where needed. This is the one place
 * that chooses an implementation for each interface. Rejects when the database is damaged, newer than this version, or in
 * use by another server. `basePath` is where Mirage is served, for URLs of files.
 */
export async function openDeps(
  config: Config,
  overrides: Overrides = {},
  { basePath = '' }: { basePath?: string } = {},
): Promise<OpenDeps> {
  const { log = createLogger(config.logLevel) } = overrides;
  const { clock, stopwatch } = createClocks(overrides.clock);
  const { authenticate } = overrides;
  const host = authenticate && createHost({ ...overrides, authenticate }, { stopwatch, log });
  requireComplete(config);
  checkFiles(config);
  filesPlaceOf(config); // what is wrong with it is said before a database is made
  const redis = await connectRedisOf(config, log);
  const opened = await openDbFor(config, log).catch((error: unknown) => {
    redis?.close();
    throw error;
  });
  const { db, sql, migrations, inbox, kept, close: closeDb } = opened;
  if (migrations.length > 0) log.info({ migrations }, 'database migrated');
  const shared = await openSharedOf(redis, config, { clock, log, db }).catch(async (error: unknown) => {
    await closeDb();
    throw error;
  });
  const prometheus = await openMetricsOf(config);
  const metrics = prometheus ?? noMetrics;
  const inboxWriter = createInboxWriter(inbox, clock, metrics.commit);
  const { inboxSearch, roomSearch } = openSearches({
    isFile: isDatabaseFile(config.databaseUrl),
    sql,
    log,
  });
  const keepAlive = createKeepAlive(config.keepAliveUrl, log);
  const bus = shared?.bus ?? createMemoryEventBus();
  const hub = createHub(bus, log);
  const presenceRules = createPresenceRules({ sql }, shared?.access);
  const presence = createPresence(hub, bus, presenceRules, shared?.openBoard());
  const userPresence = createUserPresence(hub, bus, presenceRules, presence, log);
  const limits = shared?.limits ?? createMemoryRateLimits(limitsOf(config));
  const journal = shared
    ? undefined
    : await openRoomMessageJournal({ sql, path: config.roomMessagesSnapshot, log });
  const ownRoomMessages = createMemoryRoomMessageStore(config.roomMessages, clock, { ...journal });
  const keptMessages = createKeptMessageStore({
    sql,
    statements: kept,
    clock,
    listed: config.roomMessages.capacity,
    ttlMs: config.keptRooms.ttlMs,
    onCommit: metrics.keptCommit,
  });
  const ring = shared?.roomMessages ?? ownRoomMessages;
  const fileUrls = await openFileUrls({ sql, clock, config, basePath });
  const bots = createBotNames();
  const departed = createDepartedNames();
  const roomMessages = createRoomMessages({
    ring,
    kept: keptMessages,
    sql,
    fileUrls,
    bots,
    departed,
    log,
    maxCounted: Math.min(config.roomMessages.capacity, 1000),
  });
  const files = await openFiles({ config, sql, clock, log, roomMessages, keptMessages }).catch(
    async (error: unknown) => {
      await shared?.close();
      await closeDb();
      throw error;
    },
  );
  const accessCache = createAccessCache(shared?.access);
  const rooms = createRoomReader({ sql, accessCache, roomMessages });
  const ownAnswers = createMemoryKeptAnswers(stopwatch);
  const mailer = await openMailer({ config, clock, log, db, sql, metrics });
  const deps: Deps = {
    config,
    clock,
    stopwatch,
    log,
    db,
    sql,
    inboxWriter,
    inboxSearch,
    roomSearch,
    mailer,
    issuers: openIssuers(config.oidc, { stopwatch, log }),
    accessCache,
    keepAlive,
    bus,
    hub,
    presence,
    userPresence,
    roomMessages,
    keptMessages,
    bots,
    departed,
    fileUrls,
    files,
    roomFeed: createRoomFeed(hub, bus, rooms, { log, isAlone: !shared }),
    limits: config.rateLimit ? limits : onlySlowMode(limits),
    knownCallers: createMemoryKnownCallers(),
    userCalls: createUserCalls({ running: 50, waiting: 5000 }),
    userLists: createUserCalls({ running: 8, waiting: 100 }),
    tickets: shared?.tickets ?? createMemoryTickets(),
    keptAnswers: shared?.keptAnswers(ownAnswers) ?? ownAnswers,
    readiness: createReadiness({
      database: () => deps.sql(Prisma.sql`SELECT 1`),
      ...(shared && { redis: shared.check }),
    }),
    metrics,
    host,
  };
  prometheus?.watch({
    hub,
    roomMessages: {
      size: () => roomMessages.size(),
      capacity: config.roomMessages.capacity,
      lost: shared ? undefined : () => ownRoomMessages.lost,
    },
    inboxWaiting: () => inboxWriter.waiting,
    keptWaiting: () => keptMessages.waiting,
    hashing,
    readiness: deps.readiness,
  });
  if (shared) await warnOfImportedRoomMessages(deps);
  else await loadImportedRoomMessages(deps, ownRoomMessages);
  await addMissingNameForms(deps);
  await addMissingMailboxes(deps);
  if (config.requireSecondFactor) await endSessionsWithoutFactor(deps);
  await warmUp(deps);
  const stopAccess = await watchAccess(deps);
  const stopPrivacy = await watchPrivacy(deps, presenceRules);
  const stopBots = await watchBots(deps);
  const stopNames = await watchDepartedNames(deps);
  const departures = startDepartures(deps);
  const exports = startExports(deps);
  await beginEra(deps);
  const stopRetention = startInboxRetention(deps);
  const stopSweeping = startKeptSweeps(deps);
  const stopWatching = watchSubscribers(deps);
  const stopExpiries = watchExpiries(deps);
  if ('claim' in opened) opened.claim.answer(answerCommands(deps));
  shared?.bus.onMissed(async () => {
    presenceRules.forgetAll();
    presence.renew();
    userPresence.renew();
    await recheckAccess(deps);
  });
  return {
    deps,
    async close() {
      stopWatching();
      stopExpiries();
      stopRetention();
      stopSweeping();
      stopAccess();
      stopPrivacy();
      stopBots();
      stopNames();
      await departures.close();
      await exports.close();
      await mailer?.close();
      await deps.roomFeed.close();
      userPresence.close();
      await presence.close();
      keepAlive.close();
      await journal?.close(ownRoomMessages.snapshot());
      await inboxWriter.flushed();
      await keptMessages.close();
      await files?.close();
      await inboxSearch.close();
      await roomSearch.close();
      await shared?.close();
      await closeDb();
    },
  };
}

/** Imported only when Redis is configured, so that a server without it starts faster. */
async function connectRedisOf({ redis }: Config, log: Logger) {
  if (!redis) return undefined;
  const { openRedis } = await import('./shared-deps.ts');
  return openRedis(redis, log);
}

async function openSharedOf(
  link: RedisLink | undefined,
  config: Config,
  deps: Pick<Deps, 'clock' | 'log' | 'db'>,
) {
  if (!link) return undefined;
  const { openShared } = await import('./shared-deps.ts');
  return openShared(link, config, deps);
}

/** Imported only if mail is sent. */
async function openMailer(deps: Pick<Deps, 'config' | 'clock' | 'log' | 'db' | 'sql' | 'metrics'>) {
  const { mail, publicUrl } = deps.config;
  if (!mail || publicUrl === undefined) return undefined;
  const { openSmtp } = await import('../infra/mail/smtp.ts');
  return startMailSender({ ...deps, smtp: openSmtp(mail), publicUrl });
}

/** Imported only if metrics are on. */
async function openMetricsOf({ metricsToken }: Config) {
  if (metricsToken === undefined) return undefined;
  const { createPrometheus } = await import('../infra/metrics/prometheus.ts');
  return createPrometheus(readVersion());
}

/** A database file is claimed by this process alone. CLI commands report their changes to it through a control socket. */
async function openDbFor({ databaseUrl, databasePool }: Config, log: Logger) {
  const onFailure = (err: unknown) => sparingLog(log).error({ err }, 'database writer failed');
  if (!isDatabaseFile(databaseUrl)) return openDb(databaseUrl, { poolSize: databasePool });

  const path = databaseFile(databaseUrl);
  const claim = await claimDatabase(path, serverPurpose, (err) =>
    log.warn({ err }, 'no control socket: CLI commands cannot notify this server of their changes'),
  );
  try {
    requireSound(path);
    const opened = await openDb(databaseUrl, { onFailure });
    return { ...opened, claim, close: () => opened.close().finally(claim.close) };
  } catch (error) {
    await claim.close();
    throw error;
  }
}
