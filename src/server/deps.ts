import { createAccessCache } from './access-cache.ts';
import { claimDatabase, serverPurpose } from './bus/control-socket.ts';
import { createMemoryEventBus } from './bus/memory-event-bus.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { Deps } from './context.ts';
import { databaseFile } from './db/database-file.ts';
import { createInboxWriter } from './db/inbox-writer.ts';
import { openDb } from './db/open-db.ts';
import { createKeepAlive } from './keep-alive.ts';
import { createMemoryRateLimits } from './limits/memory-rate-limits.ts';
import { noRateLimits } from './limits/rate-limits.ts';
import { createHub } from './live/hub.ts';
import { createPresence } from './live/presence.ts';
import { createLogger } from './logger.ts';
import { watchAccess } from './services/access.ts';
import { answerCommands } from './services/commands.ts';
import { takeImportedRoomMessages } from './services/imported-room-messages.ts';
import { watchSessions } from './services/live.ts';
import { warmUp } from './services/warm-up.ts';
import { createMemoryRoomMessageStore } from './stores/memory-room-message-store.ts';
import { createMemoryTickets } from './tickets.ts';

/** The one place that knows which implementation stands behind each contract. `close` ends what it opened. */
export async function openDeps(
  config: Config,
  given: Partial<Pick<Deps, 'clock' | 'log'>> = {},
): Promise<{ deps: Deps; close(): Promise<void> }> {
  const { clock = systemClock, log = createLogger(config.logLevel) } = given;
  const claim = await claimDatabase(databaseFile(config.databaseUrl), serverPurpose, (err) =>
    log.warn({ err }, 'no control socket: commands cannot tell this server what they have changed'),
  );
  const {
    db,
    migrations,
    close: closeDb,
  } = await openDb(config.databaseUrl).catch(async (error) => {
    await claim.close();
    throw error;
  });
  if (migrations.length > 0) log.info({ migrations }, 'database migrated');
  const inboxWriter = createInboxWriter(db);
  const keepAlive = createKeepAlive(config.keepAliveUrl, log);
  const bus = createMemoryEventBus();
  const hub = createHub(bus, log);
  const presence = createPresence(hub, bus);
  const roomMessages = createMemoryRoomMessageStore(config.roomMessages, clock);
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
    tickets: createMemoryTickets(),
  };
  await takeImportedRoomMessages(deps, roomMessages);
  await warmUp(deps);
  const stopAccess = await watchAccess(deps);
  const stopSessions = watchSessions(deps);
  claim.answer(answerCommands(deps));
  return {
    deps,
    async close() {
      stopSessions();
      stopAccess();
      presence.close();
      keepAlive.close();
      await inboxWriter.flushed();
      await closeDb();
      await claim.close();
    },
  };
}
