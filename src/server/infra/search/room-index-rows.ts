import { Prisma } from '../db/generated/sqlite/client.ts';
import type { Statements } from '../db/raw-sql.ts';
import { keptIdOf, within } from '../stores/kept-message-rows.ts';
import { nextId, partsOf } from '../stores/room-message-store.ts';
import { maxBatch, type SearchPart, searchedText, searchVersion } from './search-index.ts';

export interface PartRow {
  id: number | bigint;
  first_ms: number | bigint;
  first_seq: number | bigint;
  last_ms: number | bigint;
  last_seq: number | bigint;
  ready_ms: number | bigint;
  ready_seq: number | bigint;
  size: number | bigint;
}

export const selectParts = (roomId: number) => Prisma.sql`
  SELECT id, first_ms, first_seq, last_ms, last_seq, ready_ms, ready_seq, size FROM room_search_parts
  WHERE room_id = ${roomId} AND version = ${searchVersion} ORDER BY first_ms DESC, first_seq DESC`;

export const toPart = (row: PartRow): SearchPart<string> => ({
  id: Number(row.id),
  firstId: keptIdOf({ ms: row.first_ms, seq: row.first_seq }),
  readyId: readyIdOf(row),
});

export const readyIdOf = (row: PartRow) => keptIdOf({ ms: row.ready_ms, seq: row.ready_seq });
export const lastIdOf = (row: PartRow) => keptIdOf({ ms: row.last_ms, seq: row.last_seq });

export interface TextRow {
  ms: number | bigint;
  seq: number | bigint;
  text: string;
}

/** The next messages of a room, oldest first. */
export const selectNext = (
  roomId: number,
  { after, upTo }: { after?: string | undefined; upTo?: string },
): Prisma.Sql => Prisma.sql`
  SELECT k.ms, k.seq, ${searchedText(Prisma.raw('k.message'))} AS text FROM kept_messages k
  WHERE k.room_id = ${roomId} ${within({ after, before: upTo === undefined ? undefined : nextId(upTo) })}
  ORDER BY k.ms, k.seq LIMIT ${maxBatch}`;

/** An indexed message that was edited or deleted. */
export interface Place {
  owner: number;
  id: string;
}

/** The condition on `r`, a row of removals. */
export function ofPlace(only: Place | undefined): Prisma.Sql {
  if (!only) return Prisma.sql`true`;
  const { ms, seq } = partsOf(only.id);
  return Prisma.sql`r.room_id = ${only.owner} AND r.ms = ${ms} AND r.seq = ${seq}`;
}

/** As it is now; null if it was deleted. Of `r`, a row of removals. */
export const newText = () => Prisma.sql`(
  SELECT ${searchedText(Prisma.raw('k.message'))} FROM kept_messages k
  WHERE k.room_id = r.room_id AND k.ms = r.ms AND k.seq = r.seq)`;

/** Of a part, the range of its messages in `table`. */
const inPart = (table: string) => {
  const [name, place] = [Prisma.raw(table), Prisma.raw(`(${table}.ms, ${table}.seq)`)];
  return Prisma.sql`(
    SELECT 1 FROM ${name} WHERE ${name}.room_id = p.room_id
      AND ${place} >= (p.first_ms, p.first_seq) AND ${place} <= (p.last_ms, p.last_seq))`;
};

/** Forgets parts whose messages are all gone, as those of deleted rooms and old ones of rooms whose messages expire. */
export const deleteEmptyParts = (sql: Statements) =>
  sql.run(Prisma.sql`
  DELETE FROM room_search_parts WHERE id IN (
    SELECT p.id FROM room_search_parts p
    WHERE NOT EXISTS ${inPart('kept_messages')} AND NOT EXISTS ${inPart('room_search_docs')})`);
