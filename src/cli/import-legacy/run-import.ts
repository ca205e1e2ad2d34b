import type { Config } from '../../server/core/config.ts';
import { createBatches } from './batches.ts';
import { createRooms, type ImportContext } from './import-context.ts';
import { importInbox } from './import-inbox.ts';
import { importRoomMessages } from './import-room-messages.ts';
import { importMembers, importRooms } from './import-rooms.ts';
import { importUsers } from './import-users.ts';
import { createLedger } from './ledger.ts';
import type { LegacyFile } from './legacy-file.ts';
import { createNames } from './names.ts';
import type { Report } from './report.ts';
import type { LegacyRoomMessage } from './room-messages-file.ts';
import { openTarget } from './target.ts';

export interface ImportOptions {
  legacy: LegacyFile;
  roomMessages: (LegacyRoomMessage | undefined)[];
  targetPath: string;
  config: Pick<Config, 'sessionTtlMs' | 'roomMessages'>;
  report: Report;
  batchRows: number;
  nowMs: number;
  asUnread: boolean;
  /** Aborting stops the import between two batches. */
  signal: AbortSignal;
  /** Called after each batch. */
  onBatch(): Promise<void>;
}

/** Imports a whole legacy database. The order matters, because each part refers to the ones before it. */
export async function runImport({ legacy, report, config, ...options }: ImportOptions): Promise<void> {
  const target = openTarget(options.targetPath);
  try {
    const context: ImportContext = {
      legacy: legacy.db,
      target,
      ledger: createLedger(target),
      names: createNames(target, legacy.db),
      rooms: createRooms(target),
      report,
      batches: createBatches(target, {
        rows: options.batchRows,
        signal: options.signal,
        onCommit: options.onBatch,
      }),
      nowMs: options.nowMs,
      asUnread: options.asUnread,
      sessionTtlMs: config.sessionTtlMs,
      roomMessages: config.roomMessages,
    };
    await importUsers(context);
    await importRooms(context);
    await importMembers(context);
    await importInbox(context);
    await importRoomMessages(context, options.roomMessages);
    target.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    target.close();
  }
}
