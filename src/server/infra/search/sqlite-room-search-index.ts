import { fold } from '../../core/search/fold.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { IdParts } from '../db/kept-statements.ts';
import type { RawSql, Statements } from '../db/raw-sql.ts';
import { keptIdOf } from '../stores/kept-message-rows.ts';
import { partsOf } from '../stores/room-message-store.ts';
import {
  deleteEmptyParts,
  lastIdOf,
  newText,
  ofPlace,
  type PartRow,
  selectNext,
  selectParts,
  type TextRow,
  toPart,
} from './room-index-rows.ts';
import {
  docTokens,
  maxBatchTokens,
  maxPartSize,
  maxSettled,
  otherVersions,
  type SearchIndex,
  searchedText,
  searchVersion,
} from './search-index.ts';
import { addDocs, clearDocs, type Doc, partsAtOnce, removeDocs, selectDocs } from './sqlite-fts.ts';

/** Numbers that each part has for its messages: a batch may fill it a little beyond its size. */
const partNumbers = 2 * maxPartSize.sqlite;
const partOf = (doc: number) => Math.floor(doc / partNumbers);

interface RemovalRow extends IdParts {
  room_id: number;
  doc: number | bigint | null;
  old_text: string;
  new_text: string | null;
}

/** The index of kept rooms in SQLite. */
export const createSqliteRoomSearchIndex = (
  sql: RawSql,
  partSize = maxPartSize.sqlite,
): SearchIndex<number, string> => ({
  parts: async (roomId) => (await sql<PartRow>(selectParts(roomId))).map(toPart),

  partsAtOnce,
  async find(parts, grams, { before, limit }) {
    const { ms, seq } = partsOf(before);
    const newest = Prisma.sql`(
      SELECT id FROM room_search_docs
      WHERE room_id = (SELECT room_id FROM room_search_parts WHERE id = ${parts[0]?.id}) AND (ms, seq) < (${ms}, ${seq})
      ORDER BY ms DESC, seq DESC LIMIT 1)`;
    const range = { parts, grams, before: Prisma.sql`${newest} + 1`, limit };
    const rows = await sql<IdParts>(Prisma.sql`
      SELECT d.ms, d.seq FROM (${selectDocs('room_search', range)}) AS found
      JOIN room_search_docs d ON d.id = found.doc ORDER BY found.doc DESC`);
    return rows.map(keptIdOf);
  },

  advance: (roomId) =>
    sql.transaction(async (tx) => {
      const [last] = await tx<PartRow>(Prisma.sql`${selectParts(roomId)} LIMIT 1`);
      const rows = await tx<TextRow>(selectNext(roomId, { after: last && lastIdOf(last) }));
      const [first] = rows;
      if (!first) return 'done';
      const isNew = !last || Number(last.size) >= partSize;
      const part = isNew ? await addPart(tx, roomId, first) : Number(last.id);
      const firstDoc = part * partNumbers + (isNew ? 0 : Number(last.size));
      const docs: Doc[] = [];
      const places: [doc: number, ms: number, seq: number][] = [];
      let tokens = 0;
      let upTo = first;
      for (const row of rows) {
        if (tokens >= maxBatchTokens) break;
        const own = docTokens(part, fold(row.text));
        tokens += own.length;
        upTo = row;
        const doc = firstDoc + docs.length;
        docs.push([doc, own.join(' ')]);
        places.push([doc, Number(row.ms), Number(row.seq)]);
      }
      await addDocs(tx, 'room_search', docs);
      await tx.run(Prisma.sql`
        INSERT INTO room_search_docs (id, room_id, ms, seq)
        SELECT value->>0, ${roomId}, value->>1, value->>2 FROM json_each(${JSON.stringify(places)}) WHERE true
        ON CONFLICT (room_id, ms, seq) DO UPDATE SET id = excluded.id`);
      await tx.run(Prisma.sql`
        UPDATE room_search_parts SET last_ms = ${upTo.ms}, last_seq = ${upTo.seq}, ready_ms = ${upTo.ms},
          ready_seq = ${upTo.seq}, size = size + ${docs.length}
        WHERE id = ${part}`);
      return 'more';
    }),

  async settle(only) {
    const [waiting] = await sql<unknown>(
      Prisma.sql`SELECT 1 FROM room_search_removals r WHERE ${ofPlace(only)} LIMIT 1`,
    );
    if (!waiting) return false;
    await sql.transaction(async (tx) => {
      const rows = await tx<RemovalRow>(Prisma.sql`
        SELECT r.room_id, r.ms, r.seq, d.id AS doc, ${searchedText(Prisma.raw('r.message'))} AS old_text,
          ${newText()} AS new_text
        FROM room_search_removals r
        LEFT JOIN room_search_docs d ON d.room_id = r.room_id AND d.ms = r.ms AND d.seq = r.seq
        WHERE ${ofPlace(only)} LIMIT ${maxSettled}`);
      const removed: Doc[] = [];
      const added: Doc[] = [];
      const gone: number[] = [];
      const settled: [roomId: number, ms: number, seq: number][] = [];
      let length = 0;
      for (const { room_id, ms, seq, doc, old_text, new_text } of rows) {
        if (length >= maxBatchTokens) break;
        length += old_text.length + (new_text ?? '').length;
        settled.push([room_id, Number(ms), Number(seq)]);
        if (doc === null) continue;
        const number = Number(doc);
        const tokens = (text: string) => docTokens(partOf(number), fold(text)).join(' ');
        removed.push([number, tokens(old_text)]);
        if (new_text === null) gone.push(number);
        else added.push([number, tokens(new_text)]);
      }
      await removeDocs(tx, 'room_search', removed);
      await addDocs(tx, 'room_search', added);
      await tx.run(Prisma.sql`
        DELETE FROM room_search_docs WHERE id IN (SELECT value FROM json_each(${JSON.stringify(gone)}))`);
      await tx.run(Prisma.sql`
        DELETE FROM room_search_removals WHERE (room_id, ms, seq) IN (
          SELECT value->>0, value->>1, value->>2 FROM json_each(${JSON.stringify(settled)}))`);
    });
    return true;
  },

  async prepare() {
    const { older, newer } = await otherVersions(sql, 'room_search_parts');
    if (older) await clear(sql);
    else await deleteEmptyParts(sql);
    return { isNewer: newer };
  },

  clear: () => clear(sql),
});

const clear = (sql: RawSql) =>
  sql.transaction(async (tx) => {
    await clearDocs(tx, 'room_search');
    await tx.run(Prisma.sql`DELETE FROM room_search_docs`);
    await tx.run(Prisma.sql`DELETE FROM room_search_parts`);
    await tx.run(Prisma.sql`DELETE FROM room_search_removals`);
  });

async function addPart(tx: Statements, roomId: number, { ms, seq }: TextRow): Promise<number> {
  const [part] = await tx<{ id: number | bigint }>(Prisma.sql`
    INSERT INTO room_search_parts (
      room_id, first_ms, first_seq, last_ms, last_seq, ready_ms, ready_seq, size, version)
    VALUES (${roomId}, ${ms}, ${seq}, 0, 0, 0, 0, 0, ${searchVersion}) RETURNING id`);
  return Number(part?.id);
}
