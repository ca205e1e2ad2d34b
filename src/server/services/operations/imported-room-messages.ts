import type { MemoryRoomMessageStore } from '../../infra/stores/memory-room-message-store.ts';
import { partsOf } from '../../infra/stores/room-message-store.ts';
import type { Deps } from '../shared/deps.ts';

/** With Redis they cannot be merged with newer messages; they stay in the database for a start without Redis. */
export async function warnOfImportedRoomMessages({ db, log }: Pick<Deps, 'db' | 'log'>): Promise<void> {
  const count = await db.importedRoomMessage.count();
  if (count > 0)
    log.warn({ count }, 'imported room messages are not shown with REDIS_URL; start once without');
}

/**
 * Loads imported room messages into the store. They stay in the database until the store is used, so that a start that
 * fails later does not lose them: see `RoomMessageJournal.reserve`.
 */
export async function loadImportedRoomMessages(
  { db, clock, config }: Pick<Deps, 'db' | 'clock' | 'config'>,
  store: MemoryRoomMessageStore,
): Promise<void> {
  // Their rooms may have been deleted since the import.
  await db.$executeRaw`DELETE FROM imported_room_messages WHERE room_id NOT IN (SELECT id FROM rooms)`;
  const expiredAt = new Date(clock() - config.roomMessages.ttlMs);
  await db.importedRoomMessage.deleteMany({ where: { createdAt: { lte: expiredAt } } });
  const imported = await db.importedRoomMessage.findMany({
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  if (imported.length === 0) return;
  store.restore(imported);
  // They count as read, as the original kept no read state.
  const { ms, seq } = partsOf(await store.newestId());
  await db.$executeRaw`
    UPDATE room_members SET read_ms = ${ms}, read_seq = ${seq}
    WHERE room_id IN (SELECT room_id FROM imported_room_messages)`;
}
