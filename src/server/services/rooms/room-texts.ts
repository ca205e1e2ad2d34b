import { readInSlices, yieldIfBusy } from '../../core/slices.ts';
import type { KeptText } from '../../infra/stores/kept-texts.ts';
import { compareMessageIds, noMessageId } from '../../infra/stores/room-message-store.ts';
import type { ShownRoomMessage } from '../../infra/stores/room-messages.ts';
import type { Deps } from '../shared/deps.ts';
import type { TextSource } from '../shared/found-texts.ts';

export type RoomTexts = TextSource<string>;

interface Reading {
  /** Messages read at a time. */
  sliceSize: number;
  signal?: AbortSignal | undefined;
}

/** Above all ids. */
export const highestId = '999999999999999-999999999999999';

const isBelow = (a: string, b: string) => compareMessageIds(a, b) < 0;

/** The messages of a kept room, which is known to be not indexed, or may be. */
export const keptRoomTexts = (
  { keptMessages, roomSearch }: Pick<Deps, 'keptMessages' | 'roomSearch'>,
  roomId: number,
  { sliceSize, signal, isIndexed = true }: Reading & { isIndexed?: boolean },
): RoomTexts => ({
  parts: async () => (isIndexed ? roomSearch.parts(roomId) : []),
  partsAtOnce: roomSearch.partsAtOnce,
  find: roomSearch.find,
  want: () => roomSearch.want(roomId),
  newest: (before) =>
    readInSlices({
      size: sliceSize,
      keyOf: ({ id }: KeptText) => id,
      signal,
      read: (edge) => keptMessages.texts(roomId, { before: edge ?? before }, sliceSize),
    }),
  named: (ids) => keptMessages.texts(roomId, { ids }, ids.length),
  isBelow,
  lowest: noMessageId,
  sliceSize,
});

/** Messages of an ephemeral room, as they are held, oldest first. */
export const heldTexts = (held: readonly ShownRoomMessage[], { sliceSize, signal }: Reading): RoomTexts => ({
  parts: async () => [],
  partsAtOnce: 1,
  find: async () => undefined,
  want() {},
  async *newest(before) {
    const rows = held.filter(({ id }) => isBelow(id, before)).reverse();
    for (let start = 0; start < rows.length; start += sliceSize) {
      await yieldIfBusy(signal);
      yield rows.slice(start, start + sliceSize).map(({ id, text }) => ({ id, text, isVisible: true }));
    }
  },
  named: async () => [],
  isBelow,
  lowest: noMessageId,
  sliceSize,
});
