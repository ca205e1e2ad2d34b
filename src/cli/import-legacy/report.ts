export const tables = ['users', 'sessions', 'rooms', 'members', 'inbox messages', 'room messages'] as const;

export type Table = (typeof tables)[number];

export interface TableReport {
  read: number;
  imported: number;
  skipped: number;
  /** How many were skipped for which reason. */
  reasons: Record<string, number>;
}

/** A row that could not be imported unchanged. No data of either database is lost. */
export interface Conflict {
  table: Table;
  legacyId: number;
  what: string;
}

export type Report = ReturnType<typeof createReport>;

export function createReport(onConflict: (conflict: Conflict) => void) {
  const of: Record<Table, TableReport> = {
    users: emptyReport(),
    sessions: emptyReport(),
    rooms: emptyReport(),
    members: emptyReport(),
    'inbox messages': emptyReport(),
    'room messages': emptyReport(),
  };
  return {
    of,
    conflicts: 0,
    read(table: Table) {
      of[table].read += 1;
    },
    imported(table: Table) {
      of[table].imported += 1;
    },
    skipped(table: Table, reason: string) {
      const { reasons } = of[table];
      of[table].skipped += 1;
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    },
    conflict(table: Table, legacyId: number, what: string) {
      this.conflicts += 1;
      onConflict({ table, legacyId, what });
    },
  };
}

const emptyReport = (): TableReport => ({ read: 0, imported: 0, skipped: 0, reasons: {} });
