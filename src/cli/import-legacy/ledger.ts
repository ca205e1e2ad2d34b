import { hash } from 'node:crypto';
import type { Database } from 'better-sqlite3';

/** Stored in legacy_rows, so that a number keeps its meaning. */
const kinds = { user: 1, session: 2, room: 3, member: 4, inboxMessage: 5, roomMessage: 6 } as const;

export type Kind = keyof typeof kinds;

export interface LedgerEntry {
  /** What became of it, if it was dealt with before: its id here, or null where that is of no use. */
  readonly before: { target: number | null } | undefined;
  record(target: number | null): void;
}

export type Ledger = ReturnType<typeof createLedger>;

/** What has been dealt with of legacy databases; see the model LegacyRow. It is written along with the row itself. */
export function createLedger(target: Database) {
  const find = target.prepare<[number, number, number], { target: number | null }>(
    'SELECT target FROM legacy_rows WHERE kind = ? AND legacy_id = ? AND fingerprint = ?',
  );
  const add = target.prepare(
    'INSERT OR REPLACE INTO legacy_rows (kind, legacy_id, fingerprint, target) VALUES (?, ?, ?, ?)',
  );
  return {
    /** `facts` are what never changes about the row in the legacy file. */
    entry(kind: Kind, legacyId: number, ...facts: string[]): LedgerEntry {
      const fingerprint = hash('sha256', facts.join('\0\0'), 'buffer').readUIntBE(0, 6);
      return {
        before: find.get(kinds[kind], legacyId, fingerprint),
        record: (became) => void add.run(kinds[kind], legacyId, fingerprint, became),
      };
    },
  };
}
