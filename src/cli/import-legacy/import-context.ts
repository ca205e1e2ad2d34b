import type { Database } from 'better-sqlite3';
import type { RoomMessageLimits } from '../../server/infra/stores/room-message-store.ts';
import type { Batches } from './batches.ts';
import type { Ledger } from './ledger.ts';
import { hasColumn } from './legacy-file.ts';
import type { Names } from './names.ts';
import type { Report } from './report.ts';
import { maxKeptId } from './values.ts';

/** Shared by all parts of an import. */
export interface ImportContext {
  legacy: Database;
  target: Database;
  ledger: Ledger;
  names: Names;
  rooms: Rooms;
  report: Report;
  batches: Batches;
  nowMs: number;
  /** Whether imported private messages count as unread. */
  asUnread: boolean;
  sessionTtlMs: number;
  roomMessages: RoomMessageLimits;
}

/** Maps room ids of the legacy database to their ids in Mirage. */
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
    /** True on the first call for a room. */
    isFirstMember: (legacyId: number): boolean => see.run(legacyId).changes === 1,
  };
}

/** Some columns of a legacy table; those that an old file lacks are NULL. */
export function optionalColumns(legacy: Database, table: string, ...columns: string[]): string {
  return columns.map((name) => (hasColumn(legacy, table, name) ? name : `NULL AS ${name}`)).join(', ');
}

/** Quoted as JSON, so that spaces and control characters are visible. */
export const quote = (text: string): string => JSON.stringify(text);

/**
 * Ids of rows that were deleted in the original must not be reused. Raises the autoincrement counter of a table to that of
 * the legacy table, unless it is higher already.
 */
export function raiseCounter({ legacy, target }: ImportContext, table: string): void {
  const seen = counterOf(legacy, table);
  if (seen === undefined || seen > maxKeptId || seen <= (counterOf(target, table) ?? 0)) return;
  const { changes } = target.prepare('UPDATE sqlite_sequence SET seq = ? WHERE name = ?').run(seen, table);
  if (changes === 0) target.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(table, seen);
}

/**
 * Generates ids above all existing ids of both databases, for rows that cannot keep their own, so that they never take the
 * id of a row that is imported later.
 */
export function newIds({ legacy, target }: ImportContext, table: string): () => number {
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
