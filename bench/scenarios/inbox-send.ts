import { databasePath } from '../lib/folder.ts';
import type { People } from '../lib/people.ts';
import { type Child, start } from '../lib/process.ts';
import { type Section, tableOf } from '../lib/report.ts';
import { interleave, ratio } from '../lib/series.ts';
import { connections, measureHttp, requestText } from './http-load.ts';
import type { RunOptions } from './options.ts';

const bare = 'bare node:http';
const ours = 'Mirage inbox.sendMessage';
const legacy = 'Mirage send_inbox_message';
const create = 'one prisma create a request';

/** Each sender writes to the next. */
async function requestsTo(server: Child, path: string, bodyOf: (recipient: string) => object) {
  const { tokens, usernames } = await server.call<People>('people');
  return tokens.map((token, index) => {
    const recipient = usernames[(index + 1) % usernames.length] ?? '';
    return requestText({ method: 'POST', path, token, body: bodyOf(recipient) });
  });
}

const durable =
  'More than half of the time is spent in SQLite, mostly writing pages: a message is added to three indexes, at different ' +
  'places, and to two counters. Without the index for conversations a row costs a third less, but reading a page of one ' +
  'conversation could then scan the whole history. Tried without success: a separate thread for commits, which halves the ' +
  'groups of waiting senders and lost more than the overlap gained; smaller pages; counters in a separate table. Kept: ' +
  'prepared statements that bypass the Prisma client, and less frequent WAL checkpoints.';

const text = 'a private word, to be kept';

export async function inboxSend(options: RunOptions): Promise<Section> {
  const load = await start('load', 'load/requests.js');
  const plain = await start('server', 'servers/bare-http.js');
  const users = connections;
  const mirage = await start('server', 'servers/mirage.js', {
    options: { databasePath: databasePath(), users },
  });
  const creating = await start('server', 'servers/mirage.js', {
    options: { databasePath: databasePath(), users, createPerRequest: true },
  });

  const typed = (recipient: string) => ({ recipient, text });
  const requests = await requestsTo(mirage, '/trpc/inbox.sendMessage', typed);
  const legacyRequests = await requestsTo(mirage, '/api/send_inbox_message', (recipient) => ({
    recipient,
    message: text,
  }));
  const creates = await requestsTo(creating, '/trpc/inbox.sendMessage', typed);

  const rounds = await interleave(
    {
      [bare]: () => measureHttp(load, plain, requests, options),
      [ours]: () => measureHttp(load, mirage, requests, options),
      [legacy]: () => measureHttp(load, mirage, legacyRequests, options),
      [create]: () => measureHttp(load, creating, creates, options),
    },
    options.rounds,
  );
  for (const child of [load, plain, mirage, creating]) await child.stop();

  const times = (reference: string) => ratio(rounds, 'rate', ours, reference).median;
  return {
    title: 'Inbox messages that are on disk before the sender gets an answer',
    method:
      `${connections} senders with one message each on its way; SQLite in WAL mode with synchronous=FULL for both. The ` +
      'peer is Mirage itself with `prisma.inboxMessage.create` for each request in place of the group commit.',
    tables: [
      tableOf(rounds, [
        { head: 'messages/s', figure: 'rate' },
        { head: 'CPU µs a message', figure: 'cpuUs' },
        { head: '÷ create', figure: 'rate', over: create },
        { head: '÷ bare', figure: 'rate', over: bare },
      ]),
    ],
    targets: [
      { figure: `${ours} ÷ ${create}`, bound: { atLeast: 3 }, reached: times(create) },
      { figure: `${ours} ÷ ${bare}`, bound: { atLeast: 0.3 }, reached: times(bare), otherwise: durable },
    ],
  };
}
