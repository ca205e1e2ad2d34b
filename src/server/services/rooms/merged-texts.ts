import { Heap, type Placed } from '../../infra/stores/heap.ts';
import { compareMessageIds, noMessageId } from '../../infra/stores/room-message-store.ts';
import { type FoundSlice, foundTexts, type SearchWork } from '../shared/found-texts.ts';
import type { SearchedRoom } from './searched-rooms.ts';

/** Where a message is. */
export interface Place {
  roomId: number;
  id: string;
}

/** Negative if `a` comes before `b`: newest first. Two rooms may have messages with the same id. */
export const comparePlaces = (a: Place, b: Place) => compareMessageIds(b.id, a.id) || b.roomId - a.roomId;

interface Stream extends Placed {
  roomId: number;
  slices: AsyncGenerator<FoundSlice<string>, void>;
  /** What it gives from now on has lower ids. */
  edge: string;
}

export interface MergedPlaces {
  /** Newest first. Of what there is up to the last one, none is missing. */
  places: Place[];
  /** If the work was over before all was seen: what is missing has lower ids. */
  stoppedAt: string | undefined;
}

/**
 * At least the `wanted` newest places that the search finds in these rooms, if there are as many. Of all rooms, the search goes
 * on in the one that is the least far back in time.
 */
export async function mergedPlaces(
  rooms: SearchedRoom[],
  work: SearchWork,
  wanted: number,
): Promise<MergedPlaces> {
  const streams = new Heap<Stream>((a, b) => compareMessageIds(a.edge, b.edge) > 0);
  for (const { roomId, texts, before } of rooms)
    streams.add({ place: 0, roomId, edge: before, slices: foundTexts(texts, work, before) });
  const found = new Heap<Place & Placed>((a, b) => comparePlaces(a, b) < 0);
  const places: Place[] = [];
  /** Those that no other can come before. */
  const takeDownTo = (edge: string) => {
    for (let next = found.first; next && compareMessageIds(next.id, edge) >= 0; next = found.first) {
      places.push({ roomId: next.roomId, id: next.id });
      found.remove(next);
    }
  };

  for (let stream = streams.first; stream; stream = streams.first) {
    takeDownTo(stream.edge);
    if (places.length >= wanted) return { places, stoppedAt: undefined };
    if (work.isOver) return { places, stoppedAt: stream.edge };
    const { value: slice } = await stream.slices.next();
    if (slice) {
      for (const { id } of slice.found) found.add({ place: 0, roomId: stream.roomId, id });
      stream.edge = slice.edge;
      streams.moved(stream);
    } else streams.remove(stream);
  }
  takeDownTo(noMessageId);
  return { places, stoppedAt: undefined };
}
