import { databasePath } from '../lib/folder.ts';
import type { People } from '../lib/people.ts';
import { type Child, start } from '../lib/process.ts';
import { type Section, tableOf } from '../lib/report.ts';
import { interleave, ratio } from '../lib/series.ts';
import { connections, measureHttp, requestText } from './http-load.ts';
import type { RunOptions } from './options.ts';

const bare = 'bare node:http, POST';
const bareGet = 'bare node:http, GET';
const express = 'stock Express, POST';
const legacy = 'legacy send_room_message';
const mutation = 'tRPC chat.sendMessage';
const query = 'tRPC chat.listMessages';
const profile = 'tRPC auth.me';
const stockMutation = 'stock tRPC, chat.sendMessage';
const stockQuery = 'stock tRPC, chat.listMessages';

const spread =
  'A quarter of a call is the write to the socket, a tenth garbage collection, and no other function takes more than 4 %: ' +
  'hashing the token, two cache lookups, a rate limit, two input checks, the append, nine headers. Already avoided: the ' +
  'recursion and the in-process caller of tRPC, the prototypes and the header table of Express. Tried: bundling tRPC from ' +
  'source, which no longer gains anything on this path.';

const text = 'hello to everybody who is listening in here';
const echoed = { room_id: 1, message: text };

export async function http(options: RunOptions): Promise<Section> {
  const load = await start('load', 'load/requests.js');
  const plain = await start('server', 'servers/bare-http.js');
  const stockExpress = await start('server', 'servers/express-echo.js');
  const trpc = await start('server', 'servers/trpc-standalone.js', {
    options: { databasePath: databasePath() },
  });
  const mirage = await start('server', 'servers/mirage.js', { options: { databasePath: databasePath() } });

  const measure = (server: Child, request: string) => () => measureHttp(load, server, [request], options);
  const ours = await callsOf(mirage);
  const stock = await callsOf(trpc);
  const token = ours.people.tokens[0];

  const rounds = await interleave(
    {
      [bare]: measure(plain, requestText({ method: 'POST', path: '/echo', token, body: echoed })),
      [bareGet]: measure(plain, requestText({ method: 'GET', path: queryPath('/echo', echoed), token })),
      [express]: measure(stockExpress, requestText({ method: 'POST', path: '/echo', token, body: echoed })),
      [legacy]: measure(mirage, ours.legacySend),
      [mutation]: measure(mirage, ours.send),
      [query]: measure(mirage, ours.list),
      [profile]: measure(mirage, ours.me),
      [stockMutation]: measure(trpc, stock.send),
      [stockQuery]: measure(trpc, stock.list),
    },
    options.rounds,
  );
  for (const child of [load, plain, stockExpress, trpc, mirage]) await child.stop();

  const times = (name: string, reference: string) => ratio(rounds, 'rate', name, reference).median;
  return {
    title: 'One request over HTTP',
    method:
      `${connections} connections, each of which sends its next request when the previous one is answered; about 60 bytes ` +
      'of JSON in each direction. Mirage looks up the token and checks the membership each time. `chat.listMessages` asks ' +
      'for messages after the newest one and gets none; `auth.me` reads a row from the database.',
    tables: [
      tableOf(rounds, [
        { head: 'requests/s', figure: 'rate' },
        { head: 'CPU µs a request', figure: 'cpuUs' },
        { head: 'CPU ÷ bare', figure: 'cpuUs', over: bare },
        { head: '÷ bare', figure: 'rate', over: bare },
        { head: '÷ Express', figure: 'rate', over: express },
      ]),
    ],
    targets: [
      { figure: `${legacy} ÷ ${bare}`, bound: { atLeast: 0.55 }, reached: times(legacy, bare) },
      { figure: `${legacy} ÷ ${express}`, bound: { atLeast: 2.5 }, reached: times(legacy, express) },
      {
        figure: `${mutation} ÷ ${bare}`,
        bound: { atLeast: 0.55 },
        reached: times(mutation, bare),
        otherwise: spread,
      },
      { figure: `${mutation} ÷ stock tRPC`, bound: { atLeast: 5 }, reached: times(mutation, stockMutation) },
      { figure: `${query} ÷ ${bare}`, bound: { atLeast: 0.55 }, reached: times(query, bare) },
      { figure: `${query} ÷ stock tRPC`, bound: { atLeast: 5 }, reached: times(query, stockQuery) },
    ],
  };
}

/** The first user's requests. */
async function callsOf(server: Child) {
  const people = await server.call<People>('people');
  const { roomId } = people;
  const token = people.tokens[0];
  return {
    people,
    legacySend: requestText({
      method: 'POST',
      path: '/api/send_room_message',
      token,
      body: { room_id: roomId, message: text },
    }),
    send: requestText({ method: 'POST', path: '/trpc/chat.sendMessage', token, body: { roomId, text } }),
    list: requestText({
      method: 'GET',
      path: queryPath('/trpc/chat.listMessages', { roomId, after: '999999999999999-0' }),
      token,
    }),
    me: requestText({ method: 'GET', path: '/trpc/auth.me', token }),
  };
}

const queryPath = (path: string, input: unknown) =>
  `${path}?input=${encodeURIComponent(JSON.stringify(input))}`;
