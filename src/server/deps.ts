import { createAccessCache } from './access-cache.ts';
import { createMemoryEventBus } from './bus/memory-event-bus.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { Deps } from './context.ts';
import { createInboxWriter } from './db/inbox-writer.ts';
import { openDb } from './db/open-db.ts';
import { createKeepAlive } from './keep-alive.ts';
import { createMemoryKnownCallers } from './limits/known-callers.ts';
import { createMemoryRateLimits } from './limits/memory-rate-limits.ts';
import { noRateLimits } from './limits/rate-limits.ts';
import { createHub } from './live/hub.ts';
import { createPresence } from './live/presence.ts';
import { createLogger, type Logger } from './logger.ts';
import { watchAccess } from './services/access.ts';
import { watchSessions } from './services/live.ts';
import { warmUp } from './services/warm-up.ts';
import { createMemoryRoomMessageStore } from './stores/memory-room-message-store.ts';
import { type RoomMessageSnapshot, takeSnapshot, writeSnapshot } from './stores/room-message-snapshot.ts';
import { createMemoryTickets } from './tickets.ts';

/**
 * The one place that knows which implementation stands behind each contract. `close` ends what it opened. Only the server
 * of a database, and no program beside it, keeps its room messages from a stop to the next start.
 */
export async function openDeps(
  config: Config,
  given: Partial<Pick<Deps, 'clock' | 'log'>> & { isServer?: boolean } = {},
): Promise<{ deps: Deps; close(): Promise<void> }> {
  const { clock = systemClock, log = createLogger(config.logLevel), isServer = false } = given;
  const {
    db,
    migrations,
    close: closeDb,
  } = await openDb(config.databaseUrl, (err) => log.error({ err }, 'the database cannot be used at present'));
  if (migrations.length > 0) log.info({ migrations }, 'database migrated');
  const inboxWriter = createInboxWriter(db);
  const keepAlive = createKeepAlive(config.keepAliveUrl, log);
  const bus = createMemoryEventBus();
  const hub = createHub(bus, log);
  const presence = createPresence(hub, bus);
  const snapshotPath = isServer ? config.roomMessagesSnapshot : undefined;
  const earlier = snapshotPath === undefined ? undefined : takeSnapshot(snapshotPath, log);
  const roomMessages = createMemoryRoomMessageStore(config.roomMessages, clock, undefined, earlier);
  const deps: Deps = {
    config,
    clock,
    log,
    db,
    inboxWriter,
    accessCache: createAccessCache(),
    keepAlive,
    bus,
    hub,
    presence,
    roomMessages,
    limits: config.rateLimit ? createMemoryRateLimits() : noRateLimits,
    knownCallers: createMemoryKnownCallers(),
    tickets: createMemoryTickets(),
  };
  await warmUp(deps);
  const stopAccess = await watchAccess(deps);
  const stopSessions = watchSessions(deps);
  return {
    deps,
    async close() {
      stopSessions();
      stopAccess();
      presence.close();
      keepAlive.close();
      if (snapshotPath !== undefined) keepSnapshot(snapshotPath, roomMessages.snapshot(), log);
      await inboxWriter.flushed();
      await closeDb();
    },
  };
}

/** A stop goes on without it. */
function keepSnapshot(path: string, snapshot: RoomMessageSnapshot, log: Logger): void {
  try {
    writeSnapshot(path, snapshot);
  } catch (err) {
    log.error({ err, path }, 'the snapshot of room messages cannot be written; they are lost');
  }
}
