import { createAccessCache } from './access-cache.ts';
import { createMemoryEventBus } from './bus/memory-event-bus.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { Deps } from './context.ts';
import { createInboxWriter } from './db/inbox-writer.ts';
import { openDb } from './db/open-db.ts';
import { createKeepAlive } from './keep-alive.ts';
import { createMemoryRateLimits } from './limits/memory-rate-limits.ts';
import { noRateLimits } from './limits/rate-limits.ts';
import { createHub } from './live/hub.ts';
import { createPresence } from './live/presence.ts';
import { createLogger } from './logger.ts';
import { createReadiness } from './readiness.ts';
import { watchAccess } from './services/access.ts';
import { recheckAccess, watchSessions } from './services/live.ts';
import { warmUp } from './services/warm-up.ts';
import { createMemoryRoomMessageStore } from './stores/memory-room-message-store.ts';
import { createMemoryTickets } from './tickets.ts';

/** The one place that knows which implementation stands behind each contract. `close` ends what it opened. */
export async function openDeps(
  config: Config,
  given: Partial<Pick<Deps, 'clock' | 'log'>> = {},
): Promise<{ deps: Deps; close(): Promise<void> }> {
  const { clock = systemClock, log = createLogger(config.logLevel) } = given;
  const { db, migrations, inbox, close: closeDb } = await openDb(config.databaseUrl, config.databasePool);
  if (migrations.length > 0) log.info({ migrations }, 'database migrated');
  const shared = await openSharedOf(config, { clock, log }).catch(async (error: unknown) => {
    await closeDb();
    throw error;
  });
  const inboxWriter = createInboxWriter(inbox);
  const keepAlive = createKeepAlive(config.keepAliveUrl, log);
  const bus = shared?.bus ?? createMemoryEventBus();
  const hub = createHub(bus, log);
  const presence = createPresence(hub, bus, shared?.board);
  const limits = shared?.limits ?? createMemoryRateLimits();
  const deps: Deps = {
    config,
    clock,
    log,
    db,
    inboxWriter,
    accessCache: createAccessCache(shared?.access),
    keepAlive,
    bus,
    hub,
    presence,
    roomMessages: shared?.roomMessages ?? createMemoryRoomMessageStore(config.roomMessages, clock),
    limits: config.rateLimit ? limits : noRateLimits,
    tickets: shared?.tickets ?? createMemoryTickets(),
    readiness: createReadiness({
      database: () => db.$queryRaw`SELECT 1`,
      ...(shared && { redis: shared.check }),
    }),
  };
  await warmUp(deps);
  const stopAccess = await watchAccess(deps);
  const stopSessions = watchSessions(deps);
  shared?.bus.onMissed(async () => {
    presence.renew();
    await recheckAccess(deps);
  });
  return {
    deps,
    async close() {
      stopSessions();
      stopAccess();
      await presence.close();
      keepAlive.close();
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
