import { AnswerRows } from '../../core/answer-size.ts';
import { compareMessageIds, nextId, previousId } from '../../infra/stores/room-message-store.ts';
import type { ShownRoomMessage } from '../../infra/stores/room-messages.ts';
import type { Deps } from '../shared/deps.ts';
import { shownTo } from './room-messages.ts';
import { positionAt } from './room-positions.ts';

/** Which part of a room's messages is asked for: the newest, unless one of these says otherwise. */
export interface HistoryRange {
  /** The newest of those with lower ids. */
  before?: string | undefined;
  /** The oldest of those with higher ids. */
  after?: string | undefined;
  /** Those on both sides of an id, and the message itself. */
  around?: string | undefined;
}

export interface HistoryPage {
  /** Oldest first. */
  messages: ShownRoomMessage[];
  /** Whether the room has older messages. */
  hasMoreBefore: boolean;
  /** Whether the room has newer messages. */
  hasMoreAfter: boolean;
  /** From here on, a subscription tells of what the page cannot have. */
  position: string;
}

/** What there is on both sides of a place, the nearest first, and how many messages are wanted of each. */
interface Surroundings {
  older: ShownRoomMessage[];
  newer: ShownRoomMessage[];
  wanted: { older: number; newer: number };
}

/** At most `limit` messages of a room, or as many as one answer can hold. */
export async function listHistory(
  deps: Pick<Deps, 'sql' | 'roomMessages'>,
  { roomId, username, limit, ...range }: HistoryRange & { roomId: number; username: string; limit: number },
): Promise<HistoryPage> {
  const position = await positionAt(deps, await deps.roomMessages.newestId(roomId));
  const { older, newer, wanted } = await look(deps, { roomId, limit, ...range });
  const answer = new AnswerRows<ShownRoomMessage>();
  const taken = { older: 0, newer: 0 };
  const take = (side: 'older' | 'newer', from: ShownRoomMessage[]): boolean => {
    const message = taken[side] < wanted[side] ? from[taken[side]] : undefined;
    if (!message) return true;
    if (!answer.add([shownTo(username, message)])) return false;
    taken[side] += 1;
    return true;
  };
  for (let turn = 0; turn < limit; turn += 1) if (!take('older', older) || !take('newer', newer)) break;
  return {
    messages: answer.rows.sort((a, b) => compareMessageIds(a.id, b.id)),
    hasMoreBefore: taken.older < older.length,
    hasMoreAfter: taken.newer < newer.length,
    position,
  };
}

/** One message more than is wanted tells whether there are others. */
async function look(
  { roomMessages }: Pick<Deps, 'roomMessages'>,
  { roomId, limit, before, after, around }: HistoryRange & { roomId: number; limit: number },
): Promise<Surroundings> {
  const isTwoSided = around !== undefined;
  const forward = after ?? around;
  const older = await (forward === undefined
    ? roomMessages.listBefore(roomId, before, limit + 1)
    : roomMessages.listBefore(roomId, nextId(forward), isTwoSided ? limit + 1 : 1));
  older.reverse();
  if (forward === undefined) {
    const newer = before === undefined ? [] : await roomMessages.listAfter(roomId, previousId(before), 1);
    return { older, newer, wanted: { older: limit, newer: 0 } };
  }
  const newer = await roomMessages.listAfter(roomId, forward, limit + 1);
  if (!isTwoSided) return { older, newer, wanted: { older: 0, newer: limit } };
  // A side that is short leaves its room to the other.
  const half = Math.floor(limit / 2);
  const ofNewer = Math.min(newer.length, Math.max(half, limit - older.length));
  return { older, newer, wanted: { older: limit - ofNewer, newer: ofNewer } };
}
