import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { within } from '../../infra/stores/kept-message-rows.ts';
import { compareMessageIds, nextId } from '../../infra/stores/room-message-store.ts';
import { historyOf } from '../../infra/stores/room-messages.ts';
import type { Deps } from '../shared/deps.ts';
import { heldTexts, keptRoomTexts, type RoomTexts } from './room-texts.ts';

/** A room in which is searched. */
export interface SearchedRoom {
  roomId: number;
  texts: RoomTexts;
  /** Only messages with lower ids. */
  before: string;
}

interface Searching {
  /** Only messages with lower ids, in each room. */
  beforeIn(roomId: number): string;
  signal?: AbortSignal | undefined;
}

type RoomDeps = Pick<Deps, 'sql' | 'roomMessages' | 'keptMessages' | 'roomSearch'>;

/** Messages read at a time in one room, and in all rooms: where there are many, most of what is read of each is of no use. */
const sliceSize = 100;
const readAtOnce = 2000;
const minSliceSize = 10;

/** Rings read at a time. */
const rings = 50;

export const sliceSizeFor = (rooms: number) =>
  Math.max(minSliceSize, Math.min(sliceSize, Math.floor(readAtOnce / rooms)));

/** One room. */
export async function oneRoom(
  deps: RoomDeps,
  roomId: number,
  { beforeIn, signal }: Searching,
): Promise<SearchedRoom> {
  const reading = { sliceSize, signal };
  const texts = (await deps.roomMessages.isKept(roomId))
    ? keptRoomTexts(deps, roomId, reading)
    : heldTexts(await deps.roomMessages.list(roomId), reading);
  return { roomId, texts, before: beforeIn(roomId) };
}

interface RoomRow {
  roomId: number;
  history: string;
  /** The newest message of a kept room that comes into question, whether or not it has expired. */
  newest: string | null;
  isIndexed: boolean | number | bigint;
}

/** The rooms that the user is in now, without those that have no messages. */
export async function joinedRooms(
  deps: RoomDeps,
  username: string,
  { before, beforeIn, signal }: Searching & { before: string },
): Promise<SearchedRoom[]> {
  const rows = await deps.sql<RoomRow>(Prisma.sql`
    SELECT m.room_id AS "roomId", r.history, (
      SELECT k.ms || '-' || k.seq FROM kept_messages k WHERE k.room_id = m.room_id ${within({ before: nextId(before) })}
      ORDER BY k.ms DESC, k.seq DESC LIMIT 1) AS newest,
      EXISTS (SELECT 1 FROM room_search_parts p WHERE p.room_id = m.room_id) AS "isIndexed"
    FROM room_members m JOIN rooms r ON r.id = m.room_id WHERE m.username = ${username}`);
  const reading = { sliceSize: sliceSizeFor(rows.length), signal };
  const searched: SearchedRoom[] = [];
  const add = (roomId: number, newest: string | null | undefined, texts: () => RoomTexts) => {
    if (typeof newest === 'string')
      searched.push({ roomId, texts: texts(), before: lower(beforeIn(roomId), nextId(newest)) });
  };
  const [kept, ephemeral] = ['kept', 'ephemeral'].map((kind) =>
    rows.filter(({ history }) => historyOf(history) === kind),
  ) as [RoomRow[], RoomRow[]]; // safe: one list for each kind
  for (const { roomId, newest, isIndexed } of kept)
    add(roomId, newest, () => keptRoomTexts(deps, roomId, { ...reading, isIndexed: Boolean(isIndexed) }));
  for (let start = 0; start < ephemeral.length; start += rings)
    await Promise.all(
      ephemeral.slice(start, start + rings).map(async ({ roomId }) => {
        const held = await deps.roomMessages.list(roomId);
        add(roomId, held.at(-1)?.id, () => heldTexts(held, reading));
      }),
    );
  return searched;
}

const lower = (a: string, b: string) => (compareMessageIds(a, b) < 0 ? a : b);
