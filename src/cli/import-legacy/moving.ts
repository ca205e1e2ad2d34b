import type { Database } from 'better-sqlite3';
import type { Batches } from './batches.ts';
import type { Ledger } from './ledger.ts';
import { hasColumn } from './legacy-file.ts';
import type { Names } from './names.ts';
import type { Report } from './report.ts';
import { maxKeptId } from './values.ts';

/** What every part of an import works with. */
export interface Moving {
  legacy: Database;
  target: Database;
  ledger: Ledger;
  names: Names;
  rooms: Rooms;
  report: Report;
  batches: Batches;
  nowMs: number;
  sessionTtlMs: number;
  roomMessages: { capacity: number; ttlMs: number };
}

/** What has become of the rooms of the legacy database. */
export type Rooms = ReturnType<typeof createRooms>;

export function createRooms(target: Database) {
  target.exec(
    'CREATE TEMP TABLE legacy_room_ids (legacy INTEGER PRIMARY KEY, id INTEGER NOT NULL, first_seen INTEGER NOT NULL DEFAULT 0)',
  );
  const add = target.prepare('INSERT OR REPLACE INTO temp.legacy_room_ids (legacy, id) VALUES (?, ?)');
  const find = target
    .prepare<[number], number>('SELECT id FROM temp.legacy_room_ids WHERE legacy = ?')
    .pluck();
  const see = target.prepare(
    'UPDATE temp.legacy_room_ids SET first_seen = 1 WHERE legacy = ? AND first_seen = 0',
  );
  return {
    add: (legacyId: number, id: number) => void add.run(legacyId, id),
    idOf: (legacyId: number): number | undefined => find.get(legacyId),
    /** True the first time it is asked of a room. */
    isFirstMember: (legacyId: number): boolean => see.run(legacyId).changes === 1,
  };
}

/** Some columns of a legacy table; those that an old file lacks are NULL. */
export function optionalColumns(legacy: Database, table: string, ...columns: string[]): string {
  return columns.map((name) => (hasColumn(legacy, table, name) ? name : `NULL AS ${name}`)).join(', ');
}

/** As in JSON, so that spaces and control characters show. */
export const quote = (text: string): string => JSON.stringify(text);

/**
 * What was deleted in the original has had an id too, and its successors expect none of them again. Sets the counter of a
 * table to that of the legacy one, unless it is further already.
 */
export function carryCounter({ legacy, target }: Moving, table: string): void {
  const seen = counterOf(legacy, table);
  if (seen === undefined || seen > maxKeptId || seen <= (counterOf(target, table) ?? 0)) return;
  const { changes } = target.prepare('UPDATE sqlite_sequence SET seq = ? WHERE name = ?').run(seen, table);
  if (changes === 0) target.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(table, seen);
}

/**
 * Ids past all that there are on either side. Whatever cannot keep its own gets one of these, so that it takes none from
 * those that follow.
 */
export function newIds({ legacy, target }: Moving, table: string): () => number {
  const newest = legacy.prepare<[number], number>(`SELECT max(id) FROM ${table} WHERE id <= ?`).pluck();
  const counter = counterOf(legacy, table) ?? 0;
  let last = Math.max(
    newest.get(maxKeptId) ?? 0,
    counter <= maxKeptId ? counter : 0,
    counterOf(target, table) ?? 0,
  );
  return () => {
    last += 1;
    return last;
  };
}

function counterOf(db: Database, table: string): number | undefined {
  const hasCounters = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").get();
  if (!hasCounters) return undefined;
  return (
    db.prepare<[string], number>('SELECT max(seq) FROM sqlite_sequence WHERE name = ?').pluck().get(table) ??
    undefined
  );
}
