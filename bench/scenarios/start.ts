import { setTimeout } from 'node:timers/promises';
import { databasePath } from '../lib/folder.ts';
import { rssOf, startNode } from '../lib/nodes.ts';
import { dropPageCache } from '../lib/page-cache.ts';
import { start } from '../lib/process.ts';
import { type Section, tableOf } from '../lib/report.ts';
import { type Figures, interleave, summary } from '../lib/series.ts';
import type { RunOptions } from './options.ts';

const megabyte = 2 ** 20;
/** After it has been ready for so long, a server is at rest. */
const restSeconds = 20;

/** How long a server takes until it is ready, as an operator starts it, and its memory before anybody uses it. */
export async function starting(options: RunOptions): Promise<Section> {
  const many = options.quick ? 100_000 : 1_000_000;
  const [empty, full] = [await migrated(0), await migrated(many)];
  const isCold = dropPageCache();

  const warm = 'an empty database';
  const rows = `${many.toLocaleString('en-US')} inbox rows`;
  const cold = `${rows}, cold page cache`;
  const rounds = await interleave(
    {
      [warm]: () => measure(empty),
      [rows]: () => measure(full),
      ...(isCold && {
        [cold]: () => {
          dropPageCache();
          return measure(full);
        },
      }),
    },
    Math.min(options.rounds, 4),
  );

  const slowest = isCold ? cold : rows;
  const reached = (name: string, figure: string) => summary(rounds, name, figure).median;
  return {
    title: 'Starting',
    method:
      'From the start of the process, which may use all cores, until `GET /readyz` answers 200, with an SQLite database that is migrated ' +
      `and indexed; then its RSS after ${restSeconds} seconds without any other request. ` +
      (isCold
        ? 'Where the page cache is cold, it was dropped before the start, with the code of the server in it, but not with Node itself, ' +
          'which runs the benchmark.'
        : 'The page cache was warm: only root can drop it, on Linux.'),
    tables: [
      tableOf(rounds, [
        { head: 'ready, s', figure: 'readyS' },
        { head: 'RSS at rest, MB', figure: 'rssMb' },
      ]),
    ],
    targets: [
      {
        figure: `start with ${warm}`,
        bound: { atMost: 0.6 },
        reached: reached(warm, 'readyS'),
        unit: ' s',
      },
      {
        figure: `start with ${slowest}`,
        bound: { atMost: 1.5 },
        reached: reached(slowest, 'readyS'),
        unit: ' s',
      },
      ...[warm, rows].map((name) => ({
        figure: `RSS at rest with ${name}`,
        bound: { atMost: 110 },
        reached: reached(name, 'rssMb'),
        unit: ' MB',
      })),
    ],
  };
}

/** The path of a database that no start has anything left to do for. */
async function migrated(rows: number): Promise<string> {
  const path = databasePath();
  const child = await start('server', 'servers/inbox-file.js', {
    options: { databasePath: path, rows },
  });
  await child.stop();
  return path;
}

async function measure(path: string): Promise<Figures> {
  const startedAt = performance.now();
  const node = await startNode({ DATABASE_URL: `file:${path}`, FILES_URL: `file:${path}.files` });
  // Not before it says that it listens, on a port that it has chosen itself.
  while (!(await isReady(node.port))) await setTimeout(1);
  const readyS = (performance.now() - startedAt) / 1000;
  await setTimeout(restSeconds * 1000);
  const rssMb = rssOf(node.pid) / megabyte;
  await node.stop();
  return { readyS, rssMb };
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  await answer.arrayBuffer();
  return answer.status === 200;
}
