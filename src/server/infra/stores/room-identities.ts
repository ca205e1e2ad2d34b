import { lruCache } from '../../core/lru-cache.ts';
import type { Db } from '../db/database.ts';

/**
 * Tells rooms apart that have had the same id, as can happen if the database is restored from a backup, or replaced, while
 * the messages are held elsewhere.
 */
export interface RoomIdentities {
  /** The identity of the room that has the id now; undefined if there is none. */
  of(roomId: number): Promise<string | undefined>;
  /** Must be called for a new room, and for a deleted one. */
  forget(roomId: number): void;
}

/** How long a change of the database itself, beside this process, can go unnoticed. */
const ttlMs = 10_000;

export function createRoomIdentities(db: Pick<Db, 'room'>): RoomIdentities {
  const known = lruCache<number, string>(100_000, { ttl: ttlMs });
  return {
    async of(roomId) {
      const identity = known.get(roomId);
      if (identity !== undefined) return identity;
      const room = await db.room.findUnique({ where: { id: roomId }, select: { createdAt: true } });
      if (!room) return undefined;
      const createdAt = String(room.createdAt.getTime());
      known.set(roomId, createdAt);
      return createdAt;
    },
    forget: (roomId) => void known.delete(roomId),
  };
}
