import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { MemoryRoomMessageStore } from '../../infra/stores/memory-room-message-store.ts';
import { partsOf } from '../../infra/stores/room-message-store.ts';
import type { Deps } from '../shared/deps.ts';

/** With Redis they cannot be merged with newer messages; they stay in the database for a start without Redis. */
export async function warnOfImportedRoomMessages({ sql, log }: Pick<Deps, 'sql' | 'log'>): Promise<void> {
  const [row] = await sql<{ count: number | bigint }>(
    Prisma.sql`SELECT count(*) AS count FROM imported_room_messages`,
  );
  const count = Number(row?.count);
  if (count > 0)
    log.warn({ count }, 'imported room messages are not shown with REDIS_URL; start once without');
}

interface ImportedRow {
  roomId: number;
  username: string;
  text: string;
  createdAt: Date | string;
}

/**
 * Loads imported room messages into the store. They stay in the database until the store is used, so that a start that
 * fails later does not lose them: see `RoomMessageJournal.reserve`.
 */
export async function loadImportedRoomMessages(
  { sql, clock, config }: Pick<Deps, 'sql' | 'clock' | 'config'>,
  store: MemoryRoomMessageStore,
): Promise<void> {
  // Their rooms may have been deleted since the import.
  await sql.run(Prisma.sql`DELETE FROM imported_room_messages WHERE room_id NOT IN (SELECT id FROM rooms)`);
  const expiredAt = new Date(clock() - config.roomMessages.ttlMs);
  await sql.run(Prisma.sql`DELETE FROM imported_room_messages WHERE created_at <= ${expiredAt}`);
  const rows = await sql<ImportedRow>(Prisma.sql`
    SELECT room_id AS "roomId", username, message AS text, created_at AS "createdAt" FROM imported_room_messages
    ORDER BY created_at, id`);
  const imported = rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt) }));
  if (imported.length === 0) return;
  store.restore(imported);
  // They count as read, as the original kept no read state.
  const { ms, seq } = partsOf(await store.newestId());
  await sql.run(Prisma.sql`
    UPDATE room_members SET read_ms = ${ms}, read_seq = ${seq}
    WHERE room_id IN (SELECT room_id FROM imported_room_messages)`);
}
