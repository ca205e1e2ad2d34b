import { once } from 'node:events';

/** Waits for a slow reader, so that output does not accumulate in memory. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

export const printLine = (line: string): Promise<void> => write(`${line}\n`);

export const printJson = (value: unknown): Promise<void> => printLine(JSON.stringify(value));

/** Prints a note for people to standard error, apart from the output for scripts. */
export const note = (line: string): void => void process.stderr.write(`${line}\n`);

type Cell = string | number | boolean | Date | null;

/**
 * Prints rows as they arrive: with `json` one JSON object per line, otherwise in columns sized for the first hundred rows.
 * Times are in UTC.
 */
export async function printRows<Row extends object>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  columns: Record<string, (row: Row) => Cell>,
  { json = false }: { json?: boolean | undefined },
): Promise<void> {
  if (json) {
    for await (const row of rows) await printJson(row);
    return;
  }
  const heads = Object.keys(columns);
  const cells = (row: Row) => Object.values(columns).map((cell) => cellText(cell(row)));
  let head: string[][] = [heads];
  let widths: number[] | undefined;

  async function printHead(): Promise<void> {
    widths = heads.map((_, column) => Math.max(...head.map((row) => row[column]?.length ?? 0)));
    for (const row of head) await printLine(aligned(row, widths));
    head = [];
  }

  for await (const row of rows) {
    if (widths) await printLine(aligned(cells(row), widths));
    else if (head.push(cells(row)) > 100) await printHead();
  }
  if (!widths) await printHead();
}

const aligned = (row: string[], widths: number[]): string =>
  row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd();

function cellText(cell: Cell): string {
  if (cell === null) return '-';
  if (cell instanceof Date) return cell.toISOString().slice(0, 19).replace('T', ' ');
  return printable(String(cell));
}

/** Names may contain any character; escapes those that would control the terminal. */
export const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
