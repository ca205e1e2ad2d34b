import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../server/core/clock.ts';
import { type Config, loadConfig } from '../../server/core/config.ts';
import { claimDatabase } from '../../server/infra/bus/control-socket.ts';
import { databaseFile } from '../../server/infra/db/database-file.ts';
import { type LegacyFile, openLegacyFile } from '../import-legacy/legacy-file.ts';
import { createProgress } from '../import-legacy/progress.ts';
import { type Conflict, createReport, type Report, tables } from '../import-legacy/report.ts';
import { readRoomMessages } from '../import-legacy/room-messages-file.ts';
import { runImport } from '../import-legacy/run-import.ts';
import { copyForTrial } from '../import-legacy/target.ts';
import { note, printable, printJson, printLine } from '../output.ts';

interface Options {
  db: string;
  messages?: string;
  dryRun?: boolean;
  json?: boolean;
  batch: number;
  unread?: boolean;
}

const help = `
Stop the original and this Mirage first. The legacy files are only read. Users keep their passwords, and those who are
logged in stay so. Running it again, after a kill too, brings only what is missing. Where a name, an e-mail address or an
id is taken here, both sides are kept, the imported one under another; each such conflict is reported.`;

export function addImportCommand(program: Command): void {
  program
    .command('import-legacy')
    .description('import users, rooms and messages from the original Mirage (KorryKatti/Mirage)')
    .requiredOption('--db <file>', 'the legacy database, db.sqlite')
    .option(
      '--messages <file>',
      'the legacy room messages, messages.txt; available from the next start of the server',
    )
    .option('--dry-run', 'print the report without changing anything; the server may be running')
    .option('--unread', 'count imported private messages as unread; the original kept no read state')
    .option('--json', 'print one JSON object per line: the conflicts, then the report')
    .option('--batch <rows>', 'rows per transaction', wholeNumber, 50_000)
    .addHelpText('after', help)
    .action(importLegacy);
}

async function importLegacy(options: Options): Promise<void> {
  const config = loadConfig();
  const roomMessages = options.messages === undefined ? [] : readRoomMessages(options.messages);
  const legacy = openLegacyFile(options.db);
  try {
    const { path, release } = await takeTarget(databaseFile(config.databaseUrl), options);
    try {
      await moveInto(path, { options, config, legacy, roomMessages });
    } finally {
      await release();
    }
  } finally {
    legacy.close();
  }
  if (options.dryRun) note('Dry run: nothing was changed.');
}

/** The database with exclusive access, or a copy of it for a dry run. */
async function takeTarget(path: string, { dryRun }: Options) {
  if (dryRun) {
    const copy = await copyForTrial(path);
    return { path: copy.path, release: copy.remove };
  }
  const claim = await claimDatabase(path, 'mirage import-legacy');
  return { path, release: claim.close };
}

interface Source {
  options: Options;
  config: Config;
  legacy: LegacyFile;
  roomMessages: ReturnType<typeof readRoomMessages>;
}

async function moveInto(targetPath: string, { options, config, legacy, roomMessages }: Source) {
  const conflicts: Conflict[] = [];
  const report = createReport((conflict) => conflicts.push(conflict));
  const progress = createProgress(report, countRows(legacy) + roomMessages.length);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  await runImport({
    legacy,
    roomMessages,
    targetPath,
    config,
    report,
    batchRows: options.batch,
    nowMs: systemClock(),
    asUnread: options.unread ?? false,
    signal: stop.signal,
    async onBatch() {
      progress.clear();
      for (const conflict of conflicts.splice(0)) await printConflict(conflict, options);
      progress.show();
    },
  });
  progress.clear();
  await printReport(report, options);
}

/** The number of rows to import, for the progress bar. */
function countRows({ db }: LegacyFile): number {
  return ['users', 'rooms', 'room_members', 'inbox_messages']
    .map((table) => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0)
    .reduce((sum, count) => sum + count, 0);
}

function printConflict(conflict: Conflict, { json }: Options): Promise<void> {
  if (json) return printJson({ conflict });
  return printLine(
    `conflict: ${conflict.table}, legacy id ${conflict.legacyId}: ${printable(conflict.what)}`,
  );
}

async function printReport({ of, conflicts }: Report, { json }: Options): Promise<void> {
  if (json) return printJson({ report: { tables: of, conflicts } });
  const line = (...cells: (string | number)[]) =>
    printLine(
      cells
        .map((cell, column) => String(cell).padEnd(column === 0 ? 16 : 10))
        .join('')
        .trimEnd(),
    );
  await line('', 'read', 'imported', 'skipped');
  for (const table of tables) await line(table, of[table].read, of[table].imported, of[table].skipped);
  for (const table of tables)
    for (const [reason, count] of Object.entries(of[table].reasons))
      await printLine(`skipped: ${count} of ${table}: ${reason}`);
  await printLine(`conflicts: ${conflicts}`);
}

function wholeNumber(given: string): number {
  if (!/^[1-9]\d{0,6}$/.test(given)) throw new InvalidArgumentError('Must be a number from 1 to 9999999.');
  return Number(given);
}
