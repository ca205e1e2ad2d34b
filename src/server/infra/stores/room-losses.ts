import { RingBuffer } from './ring-buffer.ts';
import { compareMessageIds } from './room-message-store.ts';

/**
 * The newest message that each room without messages has lost. The last `maxRooms` rooms that became empty are recorded
 * one by one, and all others together, by the newest id that any of them may have lost.
 */
export function createRoomLosses(maxRooms: number, lostByOthers: string) {
  const lostByRoom = new Map<number, string>();
  // A queue beside the map, because finding the first key of a map means skipping all deleted ones.
  const emptied = new RingBuffer<{ roomId: number; lost: string }>(maxRooms);
  let others = lostByOthers;

  return {
    get lostByOthers() {
      return others;
    },

    lostBy: (roomId: number) => lostByRoom.get(roomId) ?? others,

    add(roomId: number, lost: string): void {
      lostByRoom.set(roomId, lost);
      const oldest = emptied.push({ roomId, lost });
      // Otherwise the room has become empty again since, or was deleted.
      if (!oldest || lostByRoom.get(oldest.roomId) !== oldest.lost) return;
      lostByRoom.delete(oldest.roomId);
      // A loss can be told late, as that of a deletion is.
      if (compareMessageIds(oldest.lost, others) > 0) others = oldest.lost;
    },

    forget: (roomId: number) => void lostByRoom.delete(roomId),

    /** In the order of the losses. */
    entries: () => [...lostByRoom].sort(([, a], [, b]) => compareMessageIds(a, b)),
  };
}
