import type { Deps } from '../context.ts';
import type { Restorable } from '../stores/memory-room-message-store.ts';

/** Hands over the room messages that an import has left in the database. They are only there until the first start. */
export async function takeImportedRoomMessages(
  { db, clock, config }: Pick<Deps, 'db' | 'clock' | 'config'>,
  store: Restorable,
): Promise<void> {
  const imported = await db.importedRoomMessage.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  if (imported.length === 0) return;
  const newestExpired = clock() - config.roomMessages.ttlMs;
  const rooms = await db.room.findMany({
    where: { id: { in: [...new Set(imported.map(({ roomId }) => roomId))] } },
    select: { id: true },
  });
  const roomIds = new Set(rooms.map(({ id }) => id));
  store.restore(
    imported.filter(({ createdAt, roomId }) => createdAt.getTime() > newestExpired && roomIds.has(roomId)),
  );
  await db.importedRoomMessage.deleteMany();
}
