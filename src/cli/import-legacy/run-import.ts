import type { Config } from '../../server/config.ts';
import { createBatches } from './batches.ts';
import { importInbox } from './import-inbox.ts';
import { importRoomMessages } from './import-room-messages.ts';
import { importMembers, importRooms } from './import-rooms.ts';
import { importUsers } from './import-users.ts';
import { createLedger } from './ledger.ts';
import type { LegacyFile } from './legacy-file.ts';
import { createRooms, type Moving } from './moving.ts';
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
  /** Stops between two batches. */
  signal: AbortSignal;
  /** After each batch. */
  onBatch(): Promise<void>;
}

/** Brings all of a legacy database into another. In this order, since each part refers to those before it. */
export async function runImport({ legacy, report, config, ...options }: ImportOptions): Promise<void> {
  const target = openTarget(options.targetPath);
  try {
    const moving: Moving = {
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
      sessionTtlMs: config.sessionTtlMs,
      roomMessages: config.roomMessages,
    };
    await importUsers(moving);
    await importRooms(moving);
    await importMembers(moving);
    await importInbox(moving);
    await importRoomMessages(moving, options.roomMessages);
    target.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    target.close();
  }
}
