import { databasePath } from '../lib/folder.ts';
import { keptIdAt } from '../lib/kept-rows.ts';
import type { People } from '../lib/people.ts';
import { type Child, start } from '../lib/process.ts';
import { type Section, tableOf } from '../lib/report.ts';
import { planted } from '../lib/scale-rows.ts';
import { type Figures, interleave, ratio, summary } from '../lib/series.ts';
import { connections, measureHttp, requestText } from './http-load.ts';
import { figureTables, type Latency, measureLatency, named } from './latency.ts';
import type { RunOptions } from './options.ts';

const inbox = 'inbox.sendMessage';
const kept = 'chat.sendMessage, kept room';
const ephemeral = 'chat.sendMessage, ephemeral room';
const text = 'a few words, to be kept';
const nameOf = (search: (typeof planted)[number]) => `search: ${search.name}`;
const searchOfFullPages = nameOf(planted[0]);

/** Sending to a kept room beside the inbox, and reading and searching rooms of any length beside others of any length. */
export async function keptRooms(options: RunOptions): Promise<Section> {
  const sending = await measureSending(options);
  const { rounds, sizes, actions, searches } = await measureReading(options);
  const [smallest = '', alone = '', largest = ''] = sizes;
  const worst = (of: string[]) =>
    Math.max(...of.map((name) => summary(rounds, largest, `${name} p99`).median));
  const growthOf = (name: string, since: string, nameThere = name) =>
    summary(rounds, largest, `${name} cpu`).median / summary(rounds, since, `${nameThere} cpu`).median;
  const growth = (of: string[], since: string) => Math.max(...of.map((name) => growthOf(name, since)));
  const hitsOf = (name: string, size: string) => summary(rounds, size, `${name} hits`).median;
  // A search that fills its page cannot cost as little as one with fewer hits.
  const counterpart = (name: string) =>
    hitsOf(name, largest) > hitsOf(name, smallest) ? searchOfFullPages : name;
  return {
    title: 'Kept rooms',
    method:
      `${connections} senders with one message each on its way, to the same server. Reading: one caller, of rooms with the ` +
      'named number of messages, beside as many of other rooms.',
    tables: [
      tableOf(sending, [
        { head: 'messages/s', figure: 'rate' },
        { head: 'CPU µs a message', figure: 'cpuUs' },
        { head: 'CPU ÷ inbox', figure: 'cpuUs', over: inbox },
      ]),
      ...figureTables(rounds, [...actions, ...searches], sizes),
      {
        head: ['hits on the first page', ...sizes],
        rows: searches.map((name) => [name, ...sizes.map((size) => String(hitsOf(name, size)))]),
      },
    ],
    targets: [
      {
        figure: `${kept} ÷ ${inbox}, CPU`,
        bound: { atMost: 1.3 },
        reached: ratio(sending, 'cpuUs', kept, inbox).median,
      },
      {
        figure: `history, resume and search at ${largest}, p99`,
        bound: { atMost: 20 },
        reached: worst([...actions, ...searches]),
        unit: ' ms',
      },
      {
        figure: `history and resume, CPU at ${largest} ÷ at ${smallest}, the worst`,
        bound: { atMost: 1.3 },
        reached: growth(actions, smallest),
      },
      {
        figure: `search, CPU at ${largest} ÷ at ${alone}, the worst`,
        bound: { atMost: 1.3 },
        reached: growth(searches, alone),
      },
      ...searches.map((name) => {
        const there = counterpart(name);
        const since = there === name ? `at ${smallest}` : `${there} at ${smallest}`;
        return {
          figure: `${name}, CPU at ${largest} ÷ ${since}`,
          bound: { atMost: 1.5 },
          reached: growthOf(name, smallest, there),
        };
      }),
    ],
  };
}

async function measureSending(options: RunOptions) {
  const load = await start('load', 'load/requests.js');
  const mirage = await start('server', 'servers/mirage.js', {
    options: { databasePath: databasePath(), users: connections, keptRoom: true },
  });
  const { tokens, usernames, roomId, keptRoomId } = await mirage.call<People & { keptRoomId: number }>(
    'people',
  );
  const post = (path: string, bodyOf: (index: number) => object) =>
    tokens.map((token, index) => requestText({ method: 'POST', path, token, body: bodyOf(index) }));
  const requests = {
    [inbox]: post('/trpc/inbox.sendMessage', (index) => ({
      recipient: usernames[(index + 1) % usernames.length],
      text,
    })),
    [kept]: post('/trpc/chat.sendMessage', () => ({ roomId: keptRoomId, text })),
    [ephemeral]: post('/trpc/chat.sendMessage', () => ({ roomId, text })),
  };
  const rounds = await interleave(
    Object.fromEntries(
      Object.entries(requests).map(([name, of]) => [name, () => measureHttp(load, mirage, of, options)]),
    ),
    options.rounds,
  );
  for (const child of [load, mirage]) await child.stop();
  return rounds;
}

async function measureReading(options: RunOptions) {
  const largest = Number(process.env.BENCH_ROWS ?? (options.quick ? 100_000 : 1_000_000));
  const load = await start('load', 'load/latencies.js');
  const children = new Map<string, Child>();
  for (const [own, others] of [
    [largest / 100, 0],
    [largest, 0],
    [largest, largest],
  ] as const)
    children.set(
      `${own.toLocaleString('en-US')} messages${others > 0 ? ', as many of others' : ''}`,
      await start('server', 'servers/kept-room.js', {
        options: { databasePath: databasePath(), own, others },
      }),
    );
  const middle = keptIdAt(largest / 200);
  const ranges = {
    'history: newest page': {},
    'history: before a message': { before: middle },
    'history: after a message': { after: middle },
    'history: 200 around a message': { around: middle, limit: 200 },
  };

  const searches = Object.fromEntries(planted.map((search) => [nameOf(search), search.query]));

  async function measure(server: Child): Promise<Figures> {
    const { tokens, roomId } = await server.call<People>('people');
    const figures: Figures = {};
    const ask = async (name: string, procedure: string, asked: object) => {
      const input = encodeURIComponent(JSON.stringify({ roomId, ...asked }));
      const path = `/trpc/${procedure}?input=${input}`;
      const request = requestText({ method: 'GET', path, token: tokens[0] });
      Object.assign(figures, named(name, await measureLatency(load, server, request, options)));
      return path;
    };
    const countHits = async (path: string) => {
      const headers = { authorization: tokens[0] ?? '' };
      const answer = await fetch(`http://127.0.0.1:${server.ready.port}${path}`, { headers });
      const { result } = (await answer.json()) as { result: { data: { hits: unknown[] } } }; // safe: what the procedure gives
      return result.data.hits.length;
    };
    for (const [name, range] of Object.entries(ranges)) await ask(name, 'chat.history', range);
    for (const [name, query] of Object.entries(searches))
      figures[`${name} hits`] = await countHits(await ask(name, 'chat.search', { query }));
    Object.assign(figures, named('resume', await server.call<Latency>('resume', 1000)));
    return figures;
  }

  const rounds = await interleave(
    Object.fromEntries([...children].map(([name, child]) => [name, () => measure(child)])),
    options.rounds,
  );
  for (const child of [load, ...children.values()]) await child.stop();
  return {
    rounds,
    sizes: [...children.keys()],
    actions: [...Object.keys(ranges), 'resume'],
    searches: Object.keys(searches),
  };
}
