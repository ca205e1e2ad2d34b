import { createAccessCache } from './access-cache.ts';
import { claimDatabase, serverPurpose } from './bus/control-socket.ts';
import { createMemoryEventBus } from './bus/memory-event-bus.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { Deps } from './context.ts';
import { databaseFile, isDatabaseFile } from './db/database-file.ts';
import { createInboxWriter } from './db/inbox-writer.ts';
import { requireSound } from './db/inspect.ts';
import { openDb } from './db/open-db.ts';
import type { HostOptions } from './host/authenticate.ts';
import { createHost } from './host/host.ts';
import { createKeepAlive } from './keep-alive.ts';
import { createMemoryKnownCallers } from './limits/known-callers.ts';
import { createMemoryRateLimits } from './limits/memory-rate-limits.ts';
import { noRateLimits } from './limits/rate-limits.ts';
import { createHub } from './live/hub.ts';
import { createPresence } from './live/presence.ts';
import { createLogger, type Logger } from './logger.ts';
import { noMetrics } from './metrics/metrics.ts';
import { createReadiness } from './readiness.ts';
import { watchAccess } from './services/access.ts';
import { answerCommands } from './services/commands.ts';
import { mentionImportedRoomMessages, takeImportedRoomMessages } from './services/imported-room-messages.ts';
import { recheckAccess, watchSubscribers } from './services/live.ts';
import { hashing } from './services/passwords.ts';
import { warmUp } from './services/warm-up.ts';
import { createMemoryRoomMessageStore } from './stores/memory-room-message-store.ts';
import { type RoomMessageSnapshot, takeSnapshot, writeSnapshot } from './stores/room-message-snapshot.ts';
import { createMemoryTickets } from './tickets.ts';
import { readVersion } from './version.ts';

/** What a program may give in place of Mirage's own, and its users. */
export type Given = Partial<Pick<Deps, 'clock' | 'log'>> & HostOptions;

/** What {@link openDeps} has opened. */
export interface OpenDeps {
  /** For `createApp` and for contexts of `createCaller`. */
  deps: Deps;
  /** Ends what was opened, after what waits for the disk has been written. */
  close(): Promise<void>;
}

/**
 * Opens the database, which is created and migrated where needed, and all else that a Mirage without HTTP is made of: the
 * one place that knows which implementation stands behind each contract. The clock and the log may be `given`. It rejects
 * when the database is damaged, newer, or in use by another server.
 */
export async function openDeps(config: Config, given: Given = {}): Promise<OpenDeps> {
  const { clock = systemClock, log = createLogger(config.logLevel) } = given;
  const { authenticate } = given;
  const host = authenticate && createHost({ ...given, authenticate }, { clock, log });
  const opened = await openDbFor(config, log);
  const { db, sql, migrations, inbox, close: closeDb } = opened;
  if (migrations.length > 0) log.info({ migrations }, 'database migrated');
  const shared = await openSharedOf(config, { clock, log }).catch(async (error: unknown) => {
    await closeDb();
    throw error;
  });
  const prometheus = await openMetricsOf(config);
  const metrics = prometheus ?? noMetrics;
  const inboxWriter = createInboxWriter(inbox, metrics.commit);
  const keepAlive = createKeepAlive(config.keepAliveUrl, log);
  const bus = shared?.bus ?? createMemoryEventBus();
  const hub = createHub(bus, log);
  const presence = createPresence(hub, bus, shared?.openBoard());
  const limits = shared?.limits ?? createMemoryRateLimits();
  // Redis needs none, and several servers would write over each other's.
  const snapshotPath = shared ? undefined : config.roomMessagesSnapshot;
  const earlier = snapshotPath === undefined ? undefined : takeSnapshot(snapshotPath, log);
  const ownRoomMessages = createMemoryRoomMessageStore(config.roomMessages, clock, undefined, earlier);
  const roomMessages = shared?.roomMessages ?? ownRoomMessages;
  const deps: Deps = {
    config,
    clock,
    log,
    db,
    sql,
    inboxWriter,
    accessCache: createAccessCache(shared?.access),
    keepAlive,
    bus,
    hub,
    presence,
    roomMessages,
    limits: config.rateLimit ? limits : noRateLimits,
    knownCallers: createMemoryKnownCallers(),
    tickets: shared?.tickets ?? createMemoryTickets(),
    readiness: createReadiness({
      database: () => db.$queryRaw`SELECT 1`,
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
    hashing,
    readiness: deps.readiness,
  });
  if (earlier) await forgetUnknownRooms(deps, earlier);
  if (shared) await mentionImportedRoomMessages(deps);
  else await takeImportedRoomMessages(deps, ownRoomMessages);
  await warmUp(deps);
  const stopAccess = await watchAccess(deps);
  const stopWatching = watchSubscribers(deps);
  if ('claim' in opened) opened.claim.answer(answerCommands(deps));
  shared?.bus.onMissed(async () => {
    presence.renew();
    await recheckAccess(deps);
  });
  return {
    deps,
    async close() {
      prometheus?.close();
      stopWatching();
      stopAccess();
      await presence.close();
      keepAlive.close();
      if (snapshotPath !== undefined) keepSnapshot(snapshotPath, ownRoomMessages.snapshot(), log);
      await inboxWriter.flushed();
      shared?.close();
      await closeDb();
    },
  };
}

/** Imported only when there is a Redis to use, as the embedded server starts without. */
async function openSharedOf(config: Config, given: Pick<Deps, 'clock' | 'log'>) {
  if (!config.redis) return undefined;
  const { openShared } = await import('./deps-shared.ts');
  return openShared(config.redis, config, given);
}

/** As above: nothing is measured where nobody may look. */
async function openMetricsOf({ metricsToken }: Config) {
  if (metricsToken === undefined) return undefined;
  const { createPrometheus } = await import('./metrics/prometheus.ts');
  return createPrometheus(readVersion());
}

/**
 * Rooms may have been deleted beside the server, or the database been replaced by an older one, where the next room to be
 * created has the number of one of these.
 */
async function forgetUnknownRooms({ db, roomMessages }: Deps, { held, silent }: RoomMessageSnapshot) {
  const known = new Set((await db.room.findMany({ select: { id: true } })).map(({ id }) => id));
  for (const [roomId] of [...held, ...silent]) if (!known.has(roomId)) await roomMessages.forgetRoom(roomId);
}

/** A stop goes on without it. */
function keepSnapshot(path: string, snapshot: RoomMessageSnapshot, log: Logger): void {
  try {
    writeSnapshot(path, snapshot);
  } catch (err) {
    log.error({ err, path }, 'the snapshot of room messages cannot be written; they are lost');
  }
}

/** One in a file is for this process alone, and commands beside it must be able to tell it what they change. */
async function openDbFor({ databaseUrl, databasePool }: Config, log: Logger) {
  const onFailure = (err: unknown) => log.error({ err }, 'the database cannot be used at present');
  if (!isDatabaseFile(databaseUrl)) return openDb(databaseUrl, { poolSize: databasePool });

  const path = databaseFile(databaseUrl);
  const claim = await claimDatabase(path, serverPurpose, (err) =>
    log.warn({ err }, 'no control socket: commands cannot tell this server what they have changed'),
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
