import { databasePath } from '../lib/folder.ts';
import type { People } from '../lib/people.ts';
import { type Child, start } from '../lib/process.ts';
import { type Section, tableOf } from '../lib/report.ts';
import { type Figures, interleave, median } from '../lib/series.ts';
import { measureHttp, requestText } from './http-load.ts';
import type { RunOptions } from './options.ts';

const open = (rows: number) =>
  start('server', 'servers/inbox.js', { options: { databasePath: databasePath(), rows } });

export async function inboxPage(options: RunOptions): Promise<Section> {
  const load = await start('load', 'load/requests.js');
  const few = 10_000;
  const many = options.quick ? 100_000 : 1_000_000;
  const small = await open(few);
  const large = await open(many);

  async function measure(server: Child): Promise<Figures> {
    const costs = await server.call<Figures>('costs', options.quick ? 300 : 1000);
    const { tokens } = await server.call<People>('people');
    const token = tokens[0];
    const over = async (path: string) =>
      measureHttp(load, server, [requestText({ method: 'GET', path, token })], options);
    const pages = await over('/trpc/inbox.listMessages');
    const counts = await over('/trpc/inbox.countMessages');
    return { ...costs, pages: pages.rate ?? 0, counts: counts.rate ?? 0 };
  }

  const [smallName, largeName] = [few, many].map((rows) => `${rows.toLocaleString('en-US')} rows`) as [
    string,
    string,
  ]; // safe: two entries
  const rounds = await interleave(
    { [smallName]: () => measure(small), [largeName]: () => measure(large) },
    options.rounds,
  );
  for (const child of [load, small, large]) await child.stop();

  const all = (name: string, figure: string) =>
    (rounds.get(name) ?? []).map((figures) => figures[figure] ?? Number.NaN);
  const times = (one: number[], other: number[]) =>
    median(one.map((value, round) => value / (other[round] ?? Number.NaN)));
  return {
    title: 'A page of 50 from the inbox',
    method:
      'Half of the rows belong to the requesting user, with a thousand others. CPU time of the in-process service, ' +
      'and of reading the same rows with plain better-sqlite3 in the same process; then requests over HTTP.',
    tables: [
      tableOf(rounds, [
        { head: 'newest page, CPU µs', figure: 'pageUs' },
        { head: 'page from the middle, CPU µs', figure: 'olderPageUs' },
        { head: 'raw rows, CPU µs', figure: 'rawUs' },
        { head: 'count, CPU µs', figure: 'countUs' },
        { head: 'pages/s over HTTP', figure: 'pages' },
        { head: 'counts/s over HTTP', figure: 'counts' },
      ]),
    ],
    targets: [
      {
        figure: `page at ${largeName} ÷ raw better-sqlite3`,
        bound: { atMost: 2 },
        reached: times(all(largeName, 'pageUs'), all(largeName, 'rawUs')),
      },
      {
        figure: `page at ${largeName} ÷ at ${smallName}`,
        bound: { atMost: 1.3 },
        reached: times(all(largeName, 'pageUs'), all(smallName, 'pageUs')),
      },
    ],
  };
}
