import { existsSync } from 'node:fs';
import { createAccessCache } from '../server/access-cache.ts';
import { createControlEventBus } from '../server/bus/control-event-bus.ts';
import { askHolder, holderStatus, serverPurpose } from '../server/bus/control-socket.ts';
import { systemClock } from '../server/clock.ts';
import { loadConfig } from '../server/config.ts';
import type { Deps } from '../server/context.ts';
import { DatabaseError } from '../server/db/database-error.ts';
import { databaseFile } from '../server/db/database-file.ts';
import { inspectDatabase } from '../server/db/inspect.ts';
import { openDb } from '../server/db/open-db.ts';
import { createMemoryRoomMessageStore } from '../server/stores/memory-room-message-store.ts';
import { CommandError } from './failure.ts';

export type Admin = Pick<Deps, 'config' | 'clock' | 'db' | 'sql' | 'bus' | 'accessCache' | 'roomMessages'> & {
  databasePath: string;
};

/**
 * Runs `work` on the configured database, beside a server that may be running on it: what `work` changes has reached that
 * server when it returns.
 */
export async function withAdmin(work: (admin: Admin) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const databasePath = databaseFile(config.databaseUrl);
  await requireUsable(databasePath);
  const { db, sql, close } = await openDb(config.databaseUrl);
  try {
    await work({
      config,
      clock: systemClock,
      db,
      sql,
      databasePath,
      bus: createControlEventBus(databasePath),
      accessCache: createAccessCache(),
      // Empty: what is held in rooms is with the server, which hears of what concerns it.
      roomMessages: createMemoryRoomMessageStore(config.roomMessages, systemClock),
    });
  } finally {
    await close();
  }
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
