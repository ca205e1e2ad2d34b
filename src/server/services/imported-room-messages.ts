import type { Deps } from '../context.ts';
import type { Restorable } from '../stores/memory-room-message-store.ts';

/** Redis may hold newer ones, between which they cannot be put; they are kept for a start without it. */
export async function mentionImportedRoomMessages({ db, log }: Pick<Deps, 'db' | 'log'>): Promise<void> {
  const count = await db.importedRoomMessage.count();
  if (count > 0)
    log.warn({ count }, 'imported room messages are not shown with REDIS_URL; start once without');
}

/** Hands over the room messages that an import has left in the database. They are only there until the first start. */
export async function takeImportedRoomMessages(
  { db, clock, config }: Pick<Deps, 'db' | 'clock' | 'config'>,
  store: Restorable,
): Promise<void> {
  // Of rooms that have been deleted since.
  await db.$executeRaw`DELETE FROM imported_room_messages WHERE room_id NOT IN (SELECT id FROM rooms)`;
  const expiredAt = new Date(clock() - config.roomMessages.ttlMs);
  const imported = await db.importedRoomMessage.findMany({
    where: { createdAt: { gt: expiredAt } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  store.restore(imported);
  await db.importedRoomMessage.deleteMany();
}
