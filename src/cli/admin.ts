import { existsSync } from 'node:fs';
import { systemClock } from '../server/core/clock.ts';
import { type Config, loadConfig } from '../server/core/config.ts';
import { createLogger } from '../server/core/logger.ts';
import { createControlEventBus } from '../server/infra/bus/control-event-bus.ts';
import { askHolder, holderStatus, serverPurpose } from '../server/infra/bus/control-socket.ts';
import { createMemoryEventBus } from '../server/infra/bus/memory-event-bus.ts';
import type { Db } from '../server/infra/db/database.ts';
import { DatabaseError } from '../server/infra/db/database-error.ts';
import { databaseFile, isDatabaseFile } from '../server/infra/db/database-file.ts';
import { inspectDatabase } from '../server/infra/db/inspect.ts';
import { openDb } from '../server/infra/db/open-db.ts';
import { openFileUrls } from '../server/infra/files/open-file-urls.ts';
import { noRateLimits, type RateLimits } from '../server/infra/limits/rate-limits.ts';
import { createAccessCache } from '../server/infra/stores/access-cache.ts';
import { createBotNames } from '../server/infra/stores/bot-names.ts';
import { createDepartedNames } from '../server/infra/stores/departed-names.ts';
import { createKeptMessageStore } from '../server/infra/stores/kept-message-store.ts';
import { createMemoryRoomMessageStore } from '../server/infra/stores/memory-room-message-store.ts';
import { createRoomMessages } from '../server/infra/stores/room-messages.ts';
import { readDepartedNames } from '../server/services/departures/departed-names.ts';
import { reachedLimits } from '../server/services/operations/rate-limits.ts';
import type { Deps } from '../server/services/shared/deps.ts';
import { CommandError } from './failure.ts';

export type Admin = Pick<
  Deps,
  | 'config'
  | 'clock'
  | 'db'
  | 'sql'
  | 'bus'
  | 'accessCache'
  | 'roomMessages'
  | 'keptMessages'
  | 'fileUrls'
  | 'log'
> & {
  /** Undefined unless the database is a file. */
  databasePath: string | undefined;
  /** The rate limits of the running servers. */
  limits: RateLimits;
};

/**
 * Runs `work` on the configured database, which a running server may be using. Changes made by `work` have reached that
 * server by the time this returns.
 */
export async function withAdmin(work: (admin: Admin) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const { databaseUrl } = config;
  const databasePath = isDatabaseFile(databaseUrl) ? databaseFile(databaseUrl) : undefined;
  if (databasePath !== undefined) await requireUsable(databasePath);
  const { db, sql, kept, close } = await openDb(databaseUrl, { leavesSchema: true });
  try {
    const { bus, roomMessages: ring, limits, end } = await reachServers(config, db, databasePath);
    const keptMessages = createKeptMessageStore({
      ...{ sql, statements: kept, clock: systemClock },
      listed: config.roomMessages.capacity,
      ttlMs: config.keptRooms.ttlMs,
    });
    const log = createLogger('silent');
    const fileUrls = await openFileUrls({ sql, clock: systemClock, config, basePath: '' });
    const departed = createDepartedNames();
    departed.replace(await readDepartedNames({ sql }));
    const roomMessages = createRoomMessages({
      // What is shown of messages is not marked here.
      ...{ ring, kept: keptMessages, sql, fileUrls, bots: createBotNames(), departed, log },
      maxCounted: 0,
    });
    await work({
      config,
      clock: systemClock,
      db,
      sql,
      databasePath,
      bus,
      accessCache: createAccessCache(),
      roomMessages,
      keptMessages,
      fileUrls,
      limits,
      log,
    })
      .finally(keptMessages.close)
      .finally(end);
  } finally {
    await close();
  }
}

/** How changes are published to the servers that use the database. */
async function reachServers(config: Config, db: Db, databasePath: string | undefined) {
  if (config.redis) {
    const { openRedis, openShared } = await import('../server/app/shared-deps.ts');
    const log = createLogger('silent');
    const shared = await openShared(await openRedis(config.redis, log), config, {
      clock: systemClock,
      log,
      db,
    });
    const { bus, roomMessages, limits, close } = shared;
    return { bus, roomMessages, limits, end: close };
  }
  return {
    // Without a control socket, servers notice changes when their cached access decisions expire.
    bus: databasePath === undefined ? createMemoryEventBus() : createControlEventBus(databasePath),
    // Empty: the running server holds the room messages and applies the published changes to them.
    roomMessages: createMemoryRoomMessageStore(config.roomMessages, systemClock),
    limits: databasePath === undefined ? noRateLimits : limitsOfServer(databasePath),
    end() {},
  };
}

/** The limits of the server that uses the database; none if no server is running. */
function limitsOfServer(databasePath: string): RateLimits {
  return {
    ...noRateLimits,
    async reached() {
      return reachedLimits.parse((await askHolder(databasePath, { do: 'listLimits' })) ?? []);
    },
    async reset(name, key) {
      await askHolder(databasePath, { do: 'liftLimit', name, key });
    },
  };
}

/** Commands never create a database, and never migrate one that an older server is using. */
async function requireUsable(path: string): Promise<void> {
  if (!existsSync(path))
    throw new CommandError(
      `there is no database ${path} yet (DATABASE_URL); \`mirage serve\` or \`mirage import-legacy\` creates one`,
    );
  const { pending } = inspectDatabase(path);
  const { data: holder } = holderStatus.safeParse(await askHolder(path, { do: 'status' }));
  if (holder && holder.purpose !== serverPurpose)
    throw new DatabaseError(
      `cannot use the database ${path}: ${holder.purpose} (process ${holder.pid}) is using it`,
    );
  if (holder && pending.length > 0)
    throw new DatabaseError(
      `the database ${path} is used by an older version of Mirage (process ${holder.pid}): restart it first`,
    );
}
