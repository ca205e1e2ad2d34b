import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { IdParts } from '../db/kept-statements.ts';
import type { RawSql } from '../db/raw-sql.ts';
import type { ExpiresAt } from './kept-message-rows.ts';

/** Rows looked at or deleted by one statement. */
const sliceSize = 500;

interface ExpiringRoom {
  id: number;
  lifespan: number | bigint | null;
}

interface SweepOptions {
  expiresAt: ExpiresAt;
  /** Whether there are rooms without a lifespan of their own whose messages expire. */
  allExpire: boolean;
  clock(): number;
}

/** Deletes messages of kept rooms that nobody can read any more, in slices. */
export function createKeptSweep(sql: RawSql, { expiresAt, allExpire, clock }: SweepOptions) {
  const running = new Set<Promise<void>>();
  let isClosed = false;

  async function track(work: Promise<void>): Promise<void> {
    running.add(work);
    try {
      await work;
    } finally {
      running.delete(work);
    }
  }

  /** Deletes the messages of a room up to one of them, or all, with what has become of them. */
  async function deleteOldest(roomId: number, upTo?: IdParts): Promise<void> {
    const isUpTo = (ms: string, seq: string) =>
      upTo
        ? Prisma.sql`AND (${Prisma.raw(ms)}, ${Prisma.raw(seq)}) <= (${upTo.ms}, ${upTo.seq})`
        : Prisma.empty;
    const byPlace = Prisma.sql`ms, seq`;
    const byMessage = Prisma.sql`message_ms, message_seq`;
    await deleteRows('kept_messages', roomId, isUpTo('ms', 'seq'), byPlace);
    const ofMessages = Prisma.sql`AND kind <> 'deleted' ${isUpTo('message_ms', 'message_seq')}`;
    await deleteRows('kept_changes', roomId, ofMessages, byMessage);
    // A reader that has not heard of a deletion before that place is told of a gap.
    await deleteRows(
      'kept_changes',
      roomId,
      Prisma.sql`AND kind = 'deleted' ${isUpTo('ms', 'seq')}`,
      byPlace,
    );
  }

  /** `order` is that of an index. */
  async function deleteRows(
    name: string,
    roomId: number,
    range: Prisma.Sql,
    order: Prisma.Sql,
  ): Promise<void> {
    const table = Prisma.raw(name);
    for (let deleted = sliceSize; deleted === sliceSize && !isClosed; await yieldTurn()) {
      const rows = await sql<IdParts>(Prisma.sql`
        DELETE FROM ${table} WHERE room_id = ${roomId} AND (ms, seq) IN (
          SELECT ms, seq FROM ${table} WHERE room_id = ${roomId} ${range} ORDER BY ${order} LIMIT ${sliceSize})
        RETURNING ms, seq`);
      deleted = rows.length;
    }
  }

  /** Looks at the first row of each room, however many it has. */
  async function roomsGone(name: string): Promise<number[]> {
    const table = Prisma.raw(name);
    const rows = await sql<{ id: number | bigint }>(Prisma.sql`
      WITH RECURSIVE found (id) AS (
        SELECT min(room_id) FROM ${table}
        UNION ALL
        SELECT (SELECT min(room_id) FROM ${table} WHERE room_id > found.id) FROM found WHERE found.id IS NOT NULL)
      SELECT id FROM found WHERE id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM rooms WHERE rooms.id = found.id)`);
    return rows.map(({ id }) => Number(id));
  }

  const areExpiring = Prisma.sql`rooms.history = 'kept' ${
    allExpire ? Prisma.empty : Prisma.sql`AND rooms.lifespan_seconds IS NOT NULL`
  }`;

  const roomsThatExpire = (): Promise<ExpiringRoom[]> =>
    sql(Prisma.sql`SELECT id, lifespan_seconds AS lifespan FROM rooms WHERE ${areExpiring}`);

  /** Of the rooms in which messages have files. */
  const roomsWithFiles = (): Promise<ExpiringRoom[]> =>
    sql(Prisma.sql`
      WITH RECURSIVE found (id) AS (
        SELECT min(room_id) FROM file_uses WHERE room_id > 0
        UNION ALL
        SELECT (SELECT min(room_id) FROM file_uses WHERE room_id > found.id) FROM found WHERE found.id IS NOT NULL)
      SELECT rooms.id, rooms.lifespan_seconds AS lifespan FROM found JOIN rooms ON rooms.id = found.id WHERE ${areExpiring}`);

  /** Records what has expired before it is deleted, so that whoever missed it is told of a gap. */
  async function sweepRoom({ id, lifespan }: ExpiringRoom): Promise<void> {
    while (!isClosed) {
      // A deletion expires as a message of its time does.
      const oldest = await sql<{
        ms: number | bigint;
        seq: number | bigint;
        createdMs: number | bigint;
      }>(Prisma.sql`
        SELECT ms, seq, "createdMs" FROM (
          SELECT * FROM (
            SELECT ms, seq, created_ms AS "createdMs" FROM kept_messages WHERE room_id = ${id}
            ORDER BY ms, seq LIMIT ${sliceSize}) AS messages
          UNION ALL
          SELECT * FROM (
            SELECT ms, seq, ms AS "createdMs" FROM kept_changes WHERE room_id = ${id} AND kind = 'deleted'
            ORDER BY ms, seq LIMIT ${sliceSize}) AS deletions) AS oldest
        ORDER BY ms, seq LIMIT ${sliceSize}`);
      const now = clock();
      const firstLive = oldest.findIndex(({ createdMs }) => now < expiresAt(createdMs, lifespan));
      const last = firstLive === -1 ? oldest.at(-1) : oldest[firstLive - 1];
      if (!last) return;
      const upTo = { ms: Number(last.ms), seq: Number(last.seq) };
      await sql(Prisma.sql`
        UPDATE rooms SET expired_ms = ${upTo.ms}, expired_seq = ${upTo.seq}
        WHERE id = ${id} AND (expired_ms, expired_seq) < (${upTo.ms}, ${upTo.seq})`);
      await deleteOldest(id, upTo);
      if (firstLive !== -1) return;
    }
  }

  async function deleteRoom(roomId: number): Promise<void> {
    await sql(Prisma.sql`
      UPDATE rooms SET expired_ms = 0, expired_seq = 0 WHERE id = ${roomId} AND expired_ms > 0`);
    await deleteOldest(roomId);
  }

  async function sweep(): Promise<void> {
    for (const table of ['kept_messages', 'kept_changes'])
      for (const roomId of await roomsGone(table)) await deleteOldest(roomId);
    for (const room of await roomsThatExpire()) await sweepRoom(room);
  }

  async function sweepFiles(): Promise<void> {
    for (const room of await roomsWithFiles()) await sweepRoom(room);
  }

  return {
    /** All messages, and the record of those that have expired. */
    deleteRoom: (roomId: number) => track(deleteRoom(roomId)),
    run: () => track(sweep()),
    runForFiles: () => track(sweepFiles()),

    /** Resolves when no statement is under way. The rest is left to the next run. */
    async close(): Promise<void> {
      isClosed = true;
      await Promise.allSettled(running);
    },
  };
}
