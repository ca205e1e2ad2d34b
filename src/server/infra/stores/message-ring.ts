import { FairRing } from './fair-ring.ts';
import { RingBuffer } from './ring-buffer.ts';
import type { RoomMessageLimits } from './room-message-store.ts';

/** The messages of all rooms, oldest first. Adding one to a full ring evicts one, by the rule that the limits name. */
export type MessageRing<T> = Pick<
  RingBuffer<T>,
  'size' | 'oldest' | 'push' | 'shift' | 'remove' | typeof Symbol.iterator
>;

export const createMessageRing = <T extends { roomId: number | undefined }>({
  capacity,
  isFair = false,
}: Pick<RoomMessageLimits, 'capacity' | 'isFair'>): MessageRing<T> =>
  isFair ? new FairRing(capacity) : new RingBuffer(capacity);
