import type { Report } from './report.ts';

/** Shows progress on standard error: a bar on a terminal, otherwise one line per batch. */
export function createProgress(report: Report, total: number) {
  const { stderr } = process;
  const done = () => Object.values(report.of).reduce((sum, { read }) => sum + read, 0);

  return {
    show(): void {
      const rows = Math.min(done(), total);
      if (!stderr.isTTY) return void stderr.write(`${rows} of ${total} rows\n`);
      const filled = Math.round((total === 0 ? 1 : rows / total) * 40);
      stderr.write(`\r[${'#'.repeat(filled)}${' '.repeat(40 - filled)}] ${rows} of ${total} rows\x1b[K`);
    },
    /** Call before writing anything else to the terminal. */
    clear: () => void (stderr.isTTY && stderr.write('\r\x1b[K')),
  };
}
