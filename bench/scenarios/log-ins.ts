import { databasePath } from '../lib/folder.ts';
import type { People } from '../lib/people.ts';
import { start } from '../lib/process.ts';
import { type Section, tableOf } from '../lib/report.ts';
import { type Figures, interleave, type Rounds, summary } from '../lib/series.ts';
import { password } from '../lib/world.ts';
import { requestText } from './http-load.ts';
import { measureLatency } from './latency.ts';
import type { RunOptions } from './options.ts';

/** Who sends messages: so many callers, each at this interval. */
const callers = 8;
const everyMs = 25;

/** Log-ins at a time: so many that all wait for their hashes, and far more than may wait. */
const few = 32;
const many = 400;
/** After this, whoever was refused tries again. */
const pauseMs = 100;

const alone = 'alone';
const besideFew = `beside ${few} log-ins at a time`;
const besideMany = `beside ${many}, the refused again after ${pauseMs} ms`;
const besideEager = `beside ${many}, the refused again at once`;

/** How long messages wait beside log-ins, whose passwords are hashed. */
export async function logIns(options: RunOptions): Promise<Section> {
  const mirage = await start('server', 'servers/mirage.js', {
    options: { databasePath: databasePath(), users: many },
  });
  const load = await start('load', 'load/log-ins.js');
  const sender = await start('load', 'load/latencies.js');
  const { usernames, tokens, roomId } = await mirage.call<People>('people');
  await mirage.call('setPassword', password);

  const { port } = mirage.ready;
  const requests = usernames.map((username) =>
    requestText({ method: 'POST', path: '/trpc/auth.login', body: { username, password } }),
  );
  // Those who have logged in from an address before do not share its turns, but have their own.
  await load.call('once', { port, requests, parallel: few });
  const body = { roomId, text: 'beside log-ins' };
  const message = requestText({ method: 'POST', path: '/trpc/chat.sendMessage', token: tokens[0], body });

  const seconds = 3 * options.seconds; // of which `measureLatency` takes a third
  async function wait(): Promise<Figures> {
    return { ...(await measureLatency(sender, mirage, message, { seconds, callers, everyMs })) };
  }
  async function waitBeside(retryAfterMs: number): Promise<Figures> {
    await load.call('retryAfter', retryAfterMs);
    return { ...(await wait()), ...(await load.call<Figures>('answered')) };
  }
  const begin = (count: number) => load.call('start', { port, requests: requests.slice(0, count) });

  const rounds: Rounds = await interleave(
    {
      [alone]: async () => ({ ...(await wait()), accepted: 0, refused: 0 }),
      async [besideFew]() {
        await begin(few);
        const figures = await waitBeside(pauseMs);
        await load.call('stop');
        return figures;
      },
      async [besideMany]() {
        await begin(many);
        return waitBeside(pauseMs);
      },
      // Of the same callers: it takes seconds until all that wait are hashed.
      async [besideEager]() {
        const figures = await waitBeside(0);
        await load.call('stop');
        return figures;
      },
    },
    Math.min(options.rounds, 3),
  );
  for (const child of [load, sender, mirage]) await child.stop();

  const p99 = (name: string) => summary(rounds, name, 'p99Ms').median;
  return {
    title: 'Log-ins',
    method:
      `\`chat.sendMessage\` of ${callers} callers, each every ${everyMs} ms, beside \`auth.login\` of ${few} and of ${many} users at a time, with ` +
      'right passwords: each logs in again when it is answered. The server computes two hashes at a time, on the core that also answers ' +
      'messages; 256 wait, and those beyond are refused with 429. Senders and log-ins share the other core. Nothing else limits log-ins here.',
    tables: [
      tableOf(rounds, [
        { head: 'p99, ms', figure: 'p99Ms' },
        { head: 'p50, ms', figure: 'p50Ms' },
        { head: 'log-ins/s', figure: 'accepted' },
        { head: 'refused/s', figure: 'refused' },
      ]),
    ],
    targets: [
      { name: besideFew, atMost: 15 },
      { name: besideMany, atMost: 30 },
      { name: besideEager, atMost: 30 },
    ].map(({ name, atMost }) => ({
      figure: `chat.sendMessage ${name}, p99`,
      bound: { atMost },
      reached: p99(name),
      unit: ' ms',
    })),
  };
}
