import { hash } from 'node:crypto';
import type { Database } from 'better-sqlite3';

/** Stored in legacy_rows, so these numbers must never change. */
const kinds = { user: 1, session: 2, room: 3, member: 4, inboxMessage: 5, roomMessage: 6 } as const;

export type Kind = keyof typeof kinds;

export interface LedgerEntry {
  /** Set if the row was imported before: its id here, or null where the id is not needed. */
  readonly before: { target: number | null } | undefined;
  record(target: number | null): void;
}

export type Ledger = ReturnType<typeof createLedger>;

/** Records which legacy rows have been imported (model LegacyRow), in the same transaction as the imported row. */
export function createLedger(target: Database) {
  const find = target.prepare<[number, number, number], { target: number | null }>(
    'SELECT target FROM legacy_rows WHERE kind = ? AND legacy_id = ? AND fingerprint = ?',
  );
  const add = target.prepare(
    'INSERT OR REPLACE INTO legacy_rows (kind, legacy_id, fingerprint, target) VALUES (?, ?, ?, ?)',
  );
  return {
    /** `facts` are the values of the row that never change in the legacy file. */
    entry(kind: Kind, legacyId: number, ...facts: string[]): LedgerEntry {
      const fingerprint = hash('sha256', facts.join('\0\0'), 'buffer').readUIntBE(0, 6);
      return {
        before: find.get(kinds[kind], legacyId, fingerprint),
        record: (became) => void add.run(kinds[kind], legacyId, fingerprint, became),
      };
    },
  };
}
