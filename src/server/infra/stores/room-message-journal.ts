import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Logger } from '../../core/logger.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql, Statements } from '../db/raw-sql.ts';
import type { ReserveIds } from './message-ids.ts';
import {
  type RoomMessageSnapshot,
  readSnapshot,
  removeSnapshot,
  roomMessageSnapshot,
  type SnapshotFile,
  writeSnapshot,
} from './room-message-snapshot.ts';
import { compareMessageIds, noMessageId } from './room-message-store.ts';

/**
 * Connects the runs of a store in memory: what the previous run left, which ids this run may give, and what it leaves.
 * The database records it, so that a store always belongs to its database; the messages themselves are only kept in the
 * snapshot file, if there is one.
 */
export interface RoomMessageJournal {
  earlier: RoomMessageSnapshot;
  reserve: ReserveIds;
  /** Never throws: a failure is logged, and the next run then reports gaps. */
  close(snapshot: RoomMessageSnapshot): Promise<void>;
}

interface Options {
  sql: RawSql;
  /** The snapshot file. */
  path: string | undefined;
  log: Logger;
}

/** The record of a clean shutdown: the state without messages. */
const shutdownRecord = z.object({ run: z.string(), state: roomMessageSnapshot });

const rowId = 1;

/** Changes neither the database nor the file, so that a start that fails later loses nothing. */
export async function openRoomMessageJournal({ sql, path, log }: Options): Promise<RoomMessageJournal> {
  const [row] = await sql<Row>(Prisma.sql`
    SELECT ids_reserved_until AS "idsReservedUntil", shutdown FROM room_message_state WHERE id = ${rowId}`);
  const file = path === undefined ? undefined : readSnapshot(path, log);
  const [imported] = await sql<{ upTo: number | null }>(
    Prisma.sql`SELECT max(id) AS "upTo" FROM imported_room_messages`,
  );
  const importedUpTo = imported?.upTo ?? 0;
  const earlier = stateOf(row, file && (await withKnownRooms(sql, file)));
  let isChanged = false;

  return {
    earlier,

    async reserve(untilMs) {
      // Before the first message: from now on the snapshot is outdated, and imported messages are in use.
      const isFirst = !isChanged;
      const until = BigInt(untilMs);
      await sql.transaction(async (tx) => {
        await tx.run(Prisma.sql`
          INSERT INTO room_message_state (id, ids_reserved_until) VALUES (${rowId}, ${until})
          ON CONFLICT (id) DO UPDATE SET ids_reserved_until = ${until}, shutdown = NULL`);
        if (isFirst) await tx.run(Prisma.sql`DELETE FROM imported_room_messages WHERE id <= ${importedUpTo}`);
      });
      isChanged = true;
      if (isFirst && path !== undefined) removeSnapshot(path);
    },

    async close(snapshot) {
      // Imported messages that nobody has read are still in the database.
      if (!isChanged && importedUpTo > 0) return;
      const run = randomUUID();
      try {
        if (isChanged || row) {
          const shutdown = JSON.stringify({ run, state: withoutMessages(snapshot) });
          await sql.run(Prisma.sql`UPDATE room_message_state SET shutdown = ${shutdown} WHERE id = ${rowId}`);
        }
        if (path !== undefined) writeSnapshot(path, { snapshot, run, rooms: await datesOf(sql, snapshot) });
      } catch (err) {
        log.error({ err, path }, 'saving the state of room messages failed; messages are lost');
      }
    },
  };
}

type Row = { idsReservedUntil: number | bigint; shutdown: string | null };

function stateOf(row: Row | undefined, file: SnapshotFile | undefined): RoomMessageSnapshot {
  if (!row) return file?.snapshot ?? emptyState(noMessageId);
  const { data: shutdown } = shutdownRecord.safeParse(
    row.shutdown === null ? null : JSON.parse(row.shutdown),
  );
  if (file && shutdown?.run === file.run) return file.snapshot;
  // Without a clean shutdown, any id up to the reserved time may have been given, and any message lost.
  const base = shutdown?.state ?? emptyState(`${BigInt(row.idsReservedUntil) + 1n}-0`);
  return file ? inDoubt(file.snapshot, base.newest) : base;
}

/** As if everything up to `newest` may have been lost. */
const emptyState = (newest: string): RoomMessageSnapshot => ({
  version: 1,
  newest,
  lostByOthers: newest,
  silent: [],
  held: [],
  messages: [],
});

/** A snapshot of another run than the last one. Its messages are good, but later ones may have been lost. */
function inDoubt({ newest, messages }: RoomMessageSnapshot, atLeast: string): RoomMessageSnapshot {
  const state = emptyState(compareMessageIds(newest, atLeast) > 0 ? newest : atLeast);
  const roomIds = new Set(messages.map(({ roomId }) => roomId));
  return {
    ...state,
    doubt: state.newest,
    messages,
    held: [...roomIds].map((roomId) => [roomId, state.newest]),
  };
}

/** For a run that will not have the messages: each room has lost all that it held. */
function withoutMessages({
  messages,
  changes = [],
  silent,
  held,
  ...state
}: RoomMessageSnapshot): RoomMessageSnapshot {
  const lost = new Map([...silent, ...held]);
  for (const { roomId, id } of [...messages, ...changes])
    if (compareMessageIds(id, lost.get(roomId) ?? noMessageId) > 0) lost.set(roomId, id);
  const sorted = [...lost].sort(([, a], [, b]) => compareMessageIds(a, b));
  return { ...state, silent: sorted, held: [], messages: [] };
}

async function creationTimes(sql: Statements): Promise<Map<number, number>> {
  const rooms = await sql<{ id: number; createdAt: Date | string }>(
    Prisma.sql`SELECT id, created_at AS "createdAt" FROM rooms`,
  );
  return new Map(rooms.map(({ id, createdAt }) => [id, new Date(createdAt).getTime()]));
}

async function datesOf(sql: Statements, { held }: RoomMessageSnapshot): Promise<[number, number][]> {
  const createdAt = await creationTimes(sql);
  return held.flatMap(([roomId]) => {
    const at = createdAt.get(roomId);
    return at === undefined ? [] : [[roomId, at] as [number, number]];
  });
}

/** Drops rooms that no longer exist, or whose id belongs to another room: the database may have been restored. */
async function withKnownRooms(
  sql: Statements,
  { snapshot, rooms, run }: SnapshotFile,
): Promise<SnapshotFile> {
  const createdAt = await creationTimes(sql);
  const atShutdown = rooms && new Map(rooms);
  const isKnown = (roomId: number) =>
    createdAt.has(roomId) && (atShutdown === undefined || atShutdown.get(roomId) === createdAt.get(roomId));
  return {
    run,
    rooms,
    snapshot: {
      ...snapshot,
      silent: snapshot.silent.filter(([roomId]) => createdAt.has(roomId)),
      held: snapshot.held.filter(([roomId]) => isKnown(roomId)),
      messages: snapshot.messages.filter(({ roomId }) => isKnown(roomId)),
      changes: snapshot.changes?.filter(({ roomId }) => isKnown(roomId)),
    },
  };
}
