import { existsSync } from 'node:fs';
import { createAccessCache } from '../server/access-cache.ts';
import { createControlEventBus } from '../server/bus/control-event-bus.ts';
import { askHolder, holderStatus, serverPurpose } from '../server/bus/control-socket.ts';
import { createMemoryEventBus } from '../server/bus/memory-event-bus.ts';
import { systemClock } from '../server/clock.ts';
import { type Config, loadConfig } from '../server/config.ts';
import type { Deps } from '../server/context.ts';
import { DatabaseError } from '../server/db/database-error.ts';
import { databaseFile, isDatabaseFile } from '../server/db/database-file.ts';
import { inspectDatabase } from '../server/db/inspect.ts';
import { openDb } from '../server/db/open-db.ts';
import { createLogger } from '../server/logger.ts';
import { createMemoryRoomMessageStore } from '../server/stores/memory-room-message-store.ts';
import { CommandError } from './failure.ts';

export type Admin = Pick<Deps, 'config' | 'clock' | 'db' | 'sql' | 'bus' | 'accessCache' | 'roomMessages'> & {
  /** Of a database that is a file. */
  databasePath: string | undefined;
};

/**
 * Runs `work` on the configured database, beside a server that may be running on it: what `work` changes has reached that
 * server when it returns.
 */
export async function withAdmin(work: (admin: Admin) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const { databaseUrl } = config;
  const databasePath = isDatabaseFile(databaseUrl) ? databaseFile(databaseUrl) : undefined;
  if (databasePath !== undefined) await requireUsable(databasePath);
  const { db, sql, close } = await openDb(databaseUrl, { leavesSchema: true });
  try {
    const { bus, roomMessages, end } = await reachServers(config, databasePath);
    await work({
      config,
      clock: systemClock,
      db,
      sql,
      databasePath,
      bus,
      accessCache: createAccessCache(),
      roomMessages,
    }).finally(end);
  } finally {
    await close();
  }
}

/** How the servers that run on the database hear of what is changed. */
async function reachServers(config: Config, databasePath: string | undefined) {
  if (config.redis) {
    const { openShared } = await import('../server/deps-shared.ts');
    const shared = await openShared(config.redis, config, {
      clock: systemClock,
      log: createLogger('silent'),
    });
    return { bus: shared.bus, roomMessages: shared.roomMessages, end: shared.close };
  }
  return {
    // Without a socket to speak through, a server finds out when it looks up again who has access.
    bus: databasePath === undefined ? createMemoryEventBus() : createControlEventBus(databasePath),
    // Empty: what is held in rooms is with the server, which hears of what concerns it.
    roomMessages: createMemoryRoomMessageStore(config.roomMessages, systemClock),
    end() {},
  };
}

/** A command creates no database, and changes no tables under a server that does not know the new ones. */
async function requireUsable(path: string): Promise<void> {
  if (!existsSync(path))
    throw new CommandError(
      `there is no database ${path} yet (DATABASE_URL); \`mirage serve\` or \`mirage import-legacy\` makes one`,
    );
  const { pending } = inspectDatabase(path);
  const { data: holder } = holderStatus.safeParse(await askHolder(path, { do: 'status' }));
  if (holder && holder.purpose !== serverPurpose)
    throw new DatabaseError(
      `cannot use the database ${path}: ${holder.purpose} (process ${holder.pid}) is using it`,
    );
  if (holder && pending.length > 0)
    throw new DatabaseError(
      `the database ${path} is used by an older version of Mirage (process ${holder.pid}): restart that first`,
    );
}
