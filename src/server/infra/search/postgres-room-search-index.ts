import { fold } from '../../core/search/fold.ts';
import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { IdParts } from '../db/kept-statements.ts';
import type { RawSql, Statements } from '../db/raw-sql.ts';
import { keptIdOf } from '../stores/kept-message-rows.ts';
import { partsOf, previousId } from '../stores/room-message-store.ts';
import { isAlone, waitForChanges } from './postgres-index-lock.ts';
import { partsAtOnce, queriesOf } from './postgres-tsquery.ts';
import {
  deleteEmptyParts,
  lastIdOf,
  newText,
  ofPlace,
  type PartRow,
  readyIdOf,
  selectNext,
  selectParts,
  type TextRow,
  toPart,
} from './room-index-rows.ts';
import {
  docTokens,
  maxPartSize,
  maxSettled,
  otherVersions,
  type SearchIndex,
  searchVersion,
} from './search-index.ts';

/** The index of kept rooms in Postgres, which works as that of inboxes does. */
export const createPostgresRoomSearchIndex = (sql: RawSql): SearchIndex<number, string> => ({
  parts: async (roomId) => (await sql<PartRow>(selectParts(roomId))).map(toPart),

  partsAtOnce,
  async find(parts, grams, { before, limit }) {
    const queries = queriesOf(parts, grams);
    const { ms, seq } = partsOf(before);
    const rows = await sql<IdParts>(Prisma.sql`
      WITH found AS MATERIALIZED (
        SELECT ms, seq FROM room_search_docs WHERE tokens @@ ANY (${queries}::text[]::tsquery[]))
      SELECT ms, seq FROM found WHERE (ms, seq) < (${ms}::bigint, ${seq}::bigint)
      ORDER BY ms DESC, seq DESC LIMIT ${limit}`);
    return rows.map(keptIdOf);
  },

  async advance(roomId) {
    const state = await sql.transaction((tx) => announce(tx, roomId));
    if (state !== 'more') return state;
    return sql.transaction((tx) => fill(tx, roomId));
  },

  async settle(only) {
    const [waiting] = await sql<unknown>(Prisma.sql`
      SELECT 1 FROM room_search_removals r WHERE ${ofPlace(only)} AND ${isFilled} LIMIT 1`);
    if (!waiting) return false;
    const count = await sql.transaction(async (tx) => {
      const taken = await tx<IdParts & { room_id: number }>(Prisma.sql`
        DELETE FROM room_search_removals WHERE (room_id, ms, seq) IN (
          SELECT r.room_id, r.ms, r.seq FROM room_search_removals r WHERE ${ofPlace(only)} AND ${isFilled}
          LIMIT ${maxSettled} FOR UPDATE SKIP LOCKED)
        RETURNING room_id, ms, seq`);
      const places = JSON.stringify(
        taken.map(({ room_id, ms, seq }) => ({ room_id, ms: Number(ms), seq: Number(seq) })),
      );
      // In a second statement: whoever edits one of these messages from now on waits for the commit.
      const rows = await tx<
        IdParts & { room_id: number; text: string | null; part: number | bigint | null }
      >(Prisma.sql`
        SELECT r.room_id, r.ms, r.seq, ${newText()} AS text, (
          SELECT p.id FROM room_search_parts p
          WHERE p.room_id = r.room_id AND (p.first_ms, p.first_seq) <= (r.ms, r.seq)
            AND (p.last_ms, p.last_seq) >= (r.ms, r.seq)
          ORDER BY p.first_ms DESC, p.first_seq DESC LIMIT 1) AS part
        FROM jsonb_to_recordset(${places}::jsonb) AS r (room_id int, ms bigint, seq bigint)`);
      const docs: Doc[] = [];
      for (const { room_id, ms, seq, text, part } of rows) {
        if (text === null || part === null) continue;
        const tokens = docTokens(Number(part), fold(text));
        docs.push({ room_id, ms: Number(ms), seq: Number(seq), tokens });
        await yieldTurn();
      }
      await tx.run(Prisma.sql`
        DELETE FROM room_search_docs WHERE (room_id, ms, seq) IN (
          SELECT room_id, ms, seq FROM jsonb_to_recordset(${places}::jsonb) AS r (room_id int, ms bigint, seq bigint))`);
      await insert(tx, docs);
      return taken.length;
    });
    return count > 0;
  },

  async prepare() {
    const { older, newer } = await otherVersions(sql, 'room_search_parts');
    if (older) await clear(sql);
    else
      await sql.transaction(async (tx) => {
        if (await isAlone(tx, 'rooms')) await deleteEmptyParts(tx);
      });
    return { isNewer: newer };
  },

  clear: () => clear(sql),
});

/** Not while it is being indexed, which would put back what is taken out. */
const isFilled = Prisma.sql`NOT EXISTS (
  SELECT 1 FROM room_search_parts p
  WHERE p.room_id = r.room_id AND (p.ready_ms, p.ready_seq) < (r.ms, r.seq) AND (p.last_ms, p.last_seq) >= (r.ms, r.seq))`;

const clear = (sql: RawSql) =>
  sql.transaction(async (tx) => {
    if (!(await isAlone(tx, 'rooms'))) return;
    await tx.run(Prisma.sql`TRUNCATE room_search_docs, room_search_parts, room_search_removals`);
  });

/** Extends the newest part, or begins another, by the next messages, which are not in the index yet. */
async function announce(tx: Statements, roomId: number): Promise<'done' | 'more' | 'busy'> {
  if (!(await isAlone(tx, 'rooms'))) return 'busy';
  const [last] = await tx<PartRow>(Prisma.sql`${selectParts(roomId)} LIMIT 1`);
  // Announced by a server that has died since.
  if (last && readyIdOf(last) !== lastIdOf(last)) return 'more';
  const rows = await tx<TextRow>(selectNext(roomId, { after: last && lastIdOf(last) }));
  const [first, newest] = [rows[0], rows.at(-1)];
  if (!first || !newest) return 'done';
  await waitForChanges(tx, 'kept_messages');
  if (last && Number(last.size) < maxPartSize.postgres) {
    await tx.run(Prisma.sql`
      UPDATE room_search_parts SET last_ms = ${newest.ms}, last_seq = ${newest.seq}, size = size + ${rows.length}
      WHERE id = ${last.id}`);
    return 'more';
  }
  const before = partsOf(previousId(keptIdOf(first)));
  await tx.run(Prisma.sql`
    INSERT INTO room_search_parts (
      room_id, first_ms, first_seq, last_ms, last_seq, ready_ms, ready_seq, size, version)
    VALUES (${roomId}, ${first.ms}, ${first.seq}, ${newest.ms}, ${newest.seq}, ${before.ms}, ${before.seq},
      ${rows.length}, ${searchVersion})`);
  return 'more';
}

async function fill(tx: Statements, roomId: number): Promise<'more' | 'busy'> {
  if (!(await isAlone(tx, 'rooms'))) return 'busy';
  const [part] = await tx<PartRow>(Prisma.sql`${selectParts(roomId)} LIMIT 1`);
  if (!part) return 'more';
  const range = { after: readyIdOf(part), upTo: lastIdOf(part) };
  const docs: Doc[] = [];
  for (const { ms, seq, text } of await tx<TextRow>(selectNext(roomId, range))) {
    const tokens = docTokens(Number(part.id), fold(text));
    docs.push({ room_id: roomId, ms: Number(ms), seq: Number(seq), tokens });
    if (tokens.length > 1000) await yieldTurn();
  }
  await insert(tx, docs);
  await tx.run(Prisma.sql`
    UPDATE room_search_parts SET ready_ms = last_ms, ready_seq = last_seq WHERE id = ${part.id}`);
  return 'more';
}

interface Doc extends IdParts {
  room_id: number;
  tokens: string[];
}

const insert = (tx: Statements, docs: Doc[]) =>
  tx.run(Prisma.sql`
  INSERT INTO room_search_docs (room_id, ms, seq, tokens)
  SELECT room_id, ms, seq, array_to_tsvector(tokens)
  FROM jsonb_to_recordset(${JSON.stringify(docs)}::jsonb) AS row (room_id int, ms bigint, seq bigint, tokens text[])
  ON CONFLICT (room_id, ms, seq) DO UPDATE SET tokens = EXCLUDED.tokens`);
