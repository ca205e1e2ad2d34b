import { collectRows } from '../../core/answer-size.ts';
import { firstIndex } from '../../core/first-index.ts';
import { mapSlices, readInSlices, yieldIfBusy } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { textOrNames } from '../../infra/files/attachments.ts';
import type {
  FollowedRoom,
  LastMessage,
  RoomReader,
  RoomState,
  RoomSummary,
  UnreadCounts,
} from '../../infra/live/room-feed.ts';
import {
  type Authored,
  compareMessageIds,
  messageIdOf,
  previewOf,
} from '../../infra/stores/room-message-store.ts';
import type { ShownRoomMessage } from '../../infra/stores/room-messages.ts';
import { historyOf } from '../../infra/stores/room-messages.ts';
import type { Deps } from '../shared/deps.ts';
import { isMember, type Membership } from './membership.ts';
import type { Role } from './powers.ts';
import { positionAt } from './room-positions.ts';

type ReaderDeps = Pick<Deps, 'sql' | 'accessCache' | 'roomMessages'>;

/** What the lists of rooms are made from. */
export const createRoomReader = (deps: ReaderDeps): RoomReader => ({
  rooms: (username) => roomStateSlices(deps, username),
  room: (username, roomId) => findRoomState(deps, { roomId, username }),
  summary: (roomId) => summarize(deps, roomId),
  isMember: (roomId, username) =>
    deps.accessCache.isMember(roomId, username) || isMember(deps, { roomId, username }),
  position: async () => positionAt(deps, await deps.roomMessages.newestId()),
});

/** Rows read by one statement. */
const sliceSize = 500;

interface StateRow {
  position: number;
  id: number;
  name: string;
  isPrivate: unknown;
  createdBy: string | null;
  topic: string;
  history: string;
  role: Role;
  readMs: number | bigint;
  readSeq: number | bigint;
  mutedUntil: Date | string | null;
}

interface Range {
  /** Only this room. */
  roomId?: number | undefined;
  /** Ends reading when the caller is gone. */
  signal?: AbortSignal | undefined;
}

/** The user's rooms in order of joining, with how far the user has read in each. */
async function* roomStateSlices(
  deps: Pick<Deps, 'sql' | 'roomMessages'>,
  username: string,
  { roomId, signal }: Range = {},
): AsyncGenerator<FollowedRoom[], void> {
  const only = roomId === undefined ? Prisma.empty : Prisma.sql`AND m.room_id = ${roomId}`;
  const slices = readInSlices({
    size: sliceSize,
    keyOf: ({ position }) => position,
    signal,
    read: (after: number | undefined) =>
      deps.sql<StateRow>(Prisma.sql`
        SELECT m.id AS position, r.id, r.name, r.is_private AS "isPrivate", r.created_by AS "createdBy", r.topic, r.history,
          m.role, m.read_ms AS "readMs", m.read_seq AS "readSeq", m.muted_until AS "mutedUntil"
        FROM room_members m JOIN rooms r ON r.id = m.room_id
        WHERE m.username = ${username} AND m.id > ${after ?? 0} ${only} ORDER BY m.id LIMIT ${sliceSize}`),
  });
  for await (const rows of slices) {
    const states: FollowedRoom[] = [];
    for (const row of rows) {
      await yieldIfBusy(signal);
      const mark = { ms: Number(row.readMs), seq: Number(row.readSeq) };
      const { last, count } = await summarize(deps, row.id);
      const { unread, mentions } = await count(username, mark);
      const { id, name, isPrivate, createdBy, topic, history, role, mutedUntil } = row;
      const room: RoomState = {
        id,
        name,
        isPrivate: Boolean(isPrivate),
        createdBy,
        topic,
        history: historyOf(history),
        role,
        unread,
        mentions,
        readUpTo: messageIdOf(mark),
        lastMessage: last,
        mutedUntil: mutedUntil === null ? null : new Date(mutedUntil),
      };
      states.push({ room, mark });
    }
    yield states;
  }
}

/** The user's rooms in order of joining. Throws 'ANSWER_TOO_LARGE'. */
export const listJoinedRooms = (
  deps: Pick<Deps, 'sql' | 'roomMessages'>,
  username: string,
  reading?: Pick<Range, 'signal'>,
): Promise<RoomState[]> =>
  collectRows(mapSlices(roomStateSlices(deps, username, reading), ({ room }) => room));

/** A user's room as it is now. Undefined for one that the user has not joined. */
export async function findRoomState(
  deps: Pick<Deps, 'sql' | 'roomMessages'>,
  { roomId, username }: Membership,
): Promise<FollowedRoom | undefined> {
  for await (const [found] of roomStateSlices(deps, username, { roomId })) return found;
  return undefined;
}

async function summarize({ roomMessages }: Pick<Deps, 'roomMessages'>, roomId: number): Promise<RoomSummary> {
  const { newest, authors } = await roomMessages.recent(roomId);
  let counting: Promise<(username: string, readId: string) => UnreadCounts> | undefined;
  return {
    last: newest ? lastMessageOf(newest) : null,
    async count(username, mark) {
      const readId = messageIdOf(mark);
      if (!newest || compareMessageIds(newest.id, readId) <= 0) return { unread: 0, mentions: 0 };
      counting ??= authors().then(createCount);
      return (await counting)(username, readId);
    },
  };
}

/** Counts the messages after one of them that are by others than a user, and those that mention the user, for many users. */
function createCount(messages: readonly Authored[]): (username: string, readId: string) => UnreadCounts {
  const placesOf = new Map<string, number[]>();
  /** Of messages that mention somebody, which are few. */
  const mentioning: number[] = [];
  for (const [place, { username, mentions, mentionsRoom }] of messages.entries()) {
    const places = placesOf.get(username);
    if (places) places.push(place);
    else placesOf.set(username, [place]);
    if (mentions || mentionsRoom) mentioning.push(place);
  }
  const isMentioned = (name: string, { username, mentions, mentionsRoom }: Authored) =>
    username !== name && (mentionsRoom === true || mentions?.includes(name) === true);
  const isNewer = (place: number, id: string) => compareMessageIds(messages[place]?.id ?? id, id) > 0;
  return (username, readId) => {
    const start = firstIndex(messages.length, (place) => isNewer(place, readId));
    const own = placesOf.get(username) ?? [];
    const ownUnread = own.length - firstIndex(own.length, (index) => (own[index] ?? 0) >= start);
    const mentions = mentioning.filter((place) => {
      const message = messages[place];
      return place >= start && message !== undefined && isMentioned(username, message);
    });
    return { unread: messages.length - start - ownUnread, mentions: mentions.length };
  };
}

const lastMessageOf = ({
  id,
  username,
  text,
  attachments,
  createdAt,
  event,
}: ShownRoomMessage): LastMessage => ({
  id,
  username,
  text: previewOf(textOrNames(text, attachments)),
  createdAt,
  ...(event === undefined ? { kind: 'user' as const } : { kind: 'system' as const, event }),
});
