import { AnswerRows } from '../../core/answer-size.ts';
import { AppError } from '../../core/errors.ts';
import { findRanges, parseQuery, type Query, type Range } from '../../core/search/query.ts';
import { yieldIfBusy } from '../../core/slices.ts';
import { nextId } from '../../infra/stores/room-message-store.ts';
import type { ShownRoomMessage } from '../../infra/stores/room-messages.ts';
import type { Deps } from '../shared/deps.ts';
import { partCost, SearchWork } from '../shared/found-texts.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { requireMember } from './membership.ts';
import { comparePlaces, mergedPlaces, type Place } from './merged-texts.ts';
import { shownTo } from './room-messages.ts';
import { highestId } from './room-texts.ts';
import { joinedRooms, oneRoom, sliceSizeFor } from './searched-rooms.ts';

/** A message with the text that was looked for. */
export interface RoomSearchHit {
  message: ShownRoomMessage;
  /** Where it is in the message's text, in UTF-16 units. */
  ranges: Range[];
}

export interface RoomSearchPage {
  hits: RoomSearchHit[];
  /** Null on the last page, which alone says that there is no more: a page may hold few hits, or none. */
  nextCursor: string | null;
}

interface SearchInput {
  query: string;
  /** Only messages of this room. */
  roomId?: number | undefined;
  limit: number;
  cursor?: string | undefined;
  /** Aborts when the caller is gone. */
  signal?: AbortSignal | undefined;
}

/** Messages that one call looks at, so that no query keeps the server busy for long. */
const maxLookedAt = 20_000;

type SearchDeps = Pick<
  Deps,
  | 'db'
  | 'sql'
  | 'accessCache'
  | 'roomMessages'
  | 'keptMessages'
  | 'roomSearch'
  | 'limits'
  | 'metrics'
  | 'userLists'
>;

/**
 * Messages of rooms that the user is in, of one or of all, that have all words of the query in them, whole or as parts of
 * words. Throws 'NOT_A_MEMBER', 'INVALID_INPUT' and 'TOO_MANY_REQUESTS'.
 */
export async function searchRooms(
  deps: SearchDeps,
  username: string,
  { roomId, limit, signal, ...input }: SearchInput,
): Promise<RoomSearchPage> {
  await requireWithinLimit(deps, 'search', username);
  const query = parseQuery(input.query);
  if (!query) throw new AppError('INVALID_INPUT', { message: 'the query is empty' });
  const after = readCursor(input.cursor);
  if (roomId !== undefined) await requireMember(deps, { roomId, username });
  await deps.userLists.enter(username);
  try {
    const searching = { beforeIn: (id: number) => beforeIn(id, after), signal };
    const rooms =
      roomId === undefined
        ? await joinedRooms(deps, username, { ...searching, before: after?.id ?? highestId })
        : [await oneRoom(deps, roomId, searching)];
    // Each room is looked into at least once, so that every call gets further.
    const work = new SearchWork(query, {
      maxLookedAt: maxLookedAt + rooms.length * (partCost + sliceSizeFor(rooms.length)),
      signal,
    });
    const { places, stoppedAt } = await mergedPlaces(rooms, work, limit + 1);
    const page = places.slice(0, limit);
    const { hits, cutAt } = await readHits(deps, { username, query, places: page, signal });
    return { hits, nextCursor: cutAt ?? restOf(places, limit) ?? stoppedAt ?? null };
  } finally {
    deps.userLists.leave(username);
  }
}

const cursorOf = ({ id, roomId }: Place) => `${id}.${roomId}`;

const restOf = (places: Place[], limit: number): string | undefined => {
  const last = places.length > limit ? places[limit - 1] : undefined;
  return last && cursorOf(last);
};

/** What comes after a place, or what has lower ids than `id`. */
type Cursor = { id: string; roomId: number };

function readCursor(cursor: string | undefined): Cursor | undefined {
  if (cursor === undefined) return undefined;
  const [, id, roomId = '0'] = /^(\d{1,15}-\d{1,15})(?:\.(\d{1,10}))?$/.exec(cursor) ?? [];
  if (id === undefined) throw new AppError('INVALID_INPUT', { message: 'unknown cursor' });
  return { id, roomId: Number(roomId) };
}

/** Of messages with the same id, those in rooms with lower ids come later. */
function beforeIn(roomId: number, after: Cursor | undefined): string {
  if (!after) return highestId;
  return comparePlaces({ id: after.id, roomId }, after) > 0 ? nextId(after.id) : after.id;
}

/** The messages as they are now: one that was deleted or edited meanwhile is left out if it is no hit any more. */
async function readHits(
  { roomMessages }: Pick<Deps, 'roomMessages'>,
  {
    username,
    query,
    places,
    signal,
  }: { username: string; query: Query; places: Place[]; signal: AbortSignal | undefined },
): Promise<{ hits: RoomSearchHit[]; cutAt: string | undefined }> {
  const idsOf = new Map<number, string[]>();
  for (const { roomId, id } of places) idsOf.set(roomId, [...(idsOf.get(roomId) ?? []), id]);
  const messages = new Map<string, ShownRoomMessage>();
  for (const [roomId, ids] of idsOf) {
    await yieldIfBusy(signal);
    for (const message of await roomMessages.findAll(roomId, ids)) messages.set(cursorOf(message), message);
  }
  const answer = new AnswerRows<RoomSearchHit>();
  let last: string | undefined;
  for (const place of places) {
    const cursor = cursorOf(place);
    const message = messages.get(cursor);
    await yieldIfBusy(signal);
    const ranges = message && message.kind !== 'system' ? findRanges(query, message.text) : undefined;
    if (message && ranges && !answer.add([{ message: shownTo(username, message), ranges }]))
      return { hits: answer.rows, cutAt: last };
    last = cursor;
  }
  return { hits: answer.rows, cutAt: undefined };
}
