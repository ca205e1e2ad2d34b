import type { Comparison } from '../compare.ts';
import { databasePath } from '../lib/folder.ts';
import type { People } from '../lib/people.ts';
import { type Child, start } from '../lib/process.ts';
import { connections, measureHttp, requestText } from './http-load.ts';
import type { RunOptions } from './options.ts';

const text = 'hello to everybody who is listening in here';

/** Calls over HTTP, each from 32 connections: by name, the requests of one round. */
function requestsOf({ roomId, tokens, usernames }: People): Record<string, string[]> {
  const token = tokens[0];
  const post = (path: string, body: object, by = token) =>
    requestText({ method: 'POST', path, token: by, body });
  const get = (path: string) => requestText({ method: 'GET', path, token });
  const query = (path: string, input: unknown) =>
    get(`/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`);
  const ring = (path: string, bodyOf: (recipient: string) => object) =>
    tokens.map((sender, index) =>
      post(path, bodyOf(usernames[(index + 1) % usernames.length] ?? ''), sender),
    );
  const batch = { 0: { roomId, after: '999999999999999-0' } };

  return {
    'legacy send_room_message': [post('/api/send_room_message', { room_id: roomId, message: text })],
    'chat.sendMessage': [post('/trpc/chat.sendMessage', { roomId, text })],
    'chat.listMessages': [query('chat.listMessages', { roomId, after: '999999999999999-0' })],
    'auth.me': [get('/trpc/auth.me')],
    'legacy user_rooms': [get('/api/user_rooms')],
    'batch of three': [
      get(
        `/trpc/chat.listMessages,auth.me,inbox.countMessages?batch=1&input=${encodeURIComponent(JSON.stringify(batch))}`,
      ),
    ],
    'inbox.sendMessage': ring('/trpc/inbox.sendMessage', (recipient) => ({ recipient, text })),
    'legacy send_inbox_message': ring('/api/send_inbox_message', (recipient) => ({
      recipient,
      message: text,
    })),
    'inbox.listMessages': [query('inbox.listMessages', { limit: 50 })],
  };
}

export async function comparedCalls(baseline: string, options: RunOptions): Promise<Comparison> {
  const load = await start('load', 'load/requests.js');
  const open = async (root?: string) => {
    const server = await start('server', 'servers/mirage.js', {
      ...(root !== undefined && { root }),
      options: { databasePath: databasePath(), users: connections },
    });
    return { server, requests: requestsOf(await server.call<People>('people')) };
  };
  const ours = await open();
  const theirs = await open(baseline);
  const measure = (
    { server, requests }: { server: Child; requests: Record<string, string[]> },
    name: string,
  ) => measureHttp(load, server, requests[name] ?? [], options);

  return {
    pairs: Object.keys(ours.requests).map((name) => ({
      name,
      figure: 'cpuUs',
      ours: () => measure(ours, name),
      baseline: () => measure(theirs, name),
    })),
    async stop() {
      for (const child of [load, ours.server, theirs.server]) await child.stop();
    },
  };
}
