import { databasePath } from '../lib/folder.ts';
import { start } from '../lib/process.ts';
import { type Section, tableOf } from '../lib/report.ts';
import { interleave, type Rounds, ratio } from '../lib/series.ts';
import type { World } from '../lib/world.ts';
import { connections, measureHttp, requestText } from './http-load.ts';
import type { RunOptions } from './options.ts';

/** What a client asks for when it is opened. */
const paths = ['auth.me', 'chat.listJoinedRooms', 'inbox.listConversations'];
const together = 'the three in a batch';
const apart = 'the three, one by one';

/** Three queries in one request, beside as many requests. */
export async function batch(options: RunOptions): Promise<Section> {
  const load = await start('load', 'load/requests.js');
  const mirage = await start('server', 'servers/every-call.js', {
    options: { databasePath: databasePath() },
  });
  const { tokens } = await mirage.call<World>('prepare');
  const seconds = options.seconds / 3;
  const measure = (path: string) => {
    const request = requestText({ method: 'GET', path: `/trpc/${path}`, token: tokens[0] });
    return () => measureHttp(load, mirage, [request], { seconds });
  };
  const measured = await interleave(
    {
      ...Object.fromEntries(paths.map((path) => [path, measure(path)])),
      [together]: measure(`${paths.join(',')}?batch=1&input=%7B%7D`),
    },
    options.rounds,
  );
  for (const child of [load, mirage]) await child.stop();
  const rounds: Rounds = new Map([...measured, [apart, sumsOf(measured)]]);

  return {
    title: 'Three queries in one request',
    method: `${connections} connections, each of which sends its next request when the previous one is answered. The caller is in five rooms and has ten conversations.`,
    tables: [
      tableOf(rounds, [
        { head: 'CPU µs', figure: 'cpuUs' },
        { head: '÷ one by one', figure: 'cpuUs', over: apart },
      ]),
    ],
    targets: [
      {
        figure: `${together} ÷ ${apart}, CPU`,
        bound: { atMost: 1.3 },
        reached: ratio(rounds, 'cpuUs', together, apart).median,
      },
    ],
  };
}

/** What the single calls take together, round by round. */
function sumsOf(rounds: Rounds) {
  const [first = [], ...others] = paths.map((path) => rounds.get(path) ?? []);
  return first.map(({ cpuUs = 0 }, round) => ({
    cpuUs: others.reduce((sum, figures) => sum + (figures[round]?.cpuUs ?? 0), cpuUs),
  }));
}
