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
    'chat.listMessages (100)': [query('chat.listMessages', { roomId })],
    'auth.me': [get('/trpc/auth.me')],
    'auth.listSessions': [get('/trpc/auth.listSessions')],
    'users.get': [query('users.get', { username: 'user1' })],
    'users.count': [get('/trpc/users.count')],
    'chat.listPublicRooms (5)': [get('/trpc/chat.listPublicRooms')],
    'chat.listJoinedRooms (5)': [get('/trpc/chat.listJoinedRooms')],
    [`chat.listMembers (${connections})`]: [query('chat.listMembers', { roomId })],
    'chat.joinRoom, again': [post('/trpc/chat.joinRoom', { name: 'bench' })],
    'legacy join_room, again': [post('/api/join_room', { name: 'bench' })],
    'inbox.markRead, nothing new': [post('/trpc/inbox.markRead', { upTo: 1 })],
    'legacy rooms (5)': [get('/api/rooms')],
    'legacy user_rooms (5)': [get('/api/user_rooms')],
    [`legacy room_members (${connections})`]: [get(`/api/room_members/${roomId}`)],
    'legacy user': [get('/api/user/user1')],
    'legacy usercount': [get('/api/usercount')],
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
    'inbox.listMessages (50)': [query('inbox.listMessages', { limit: 50 })],
    '/': [get('/')],
    '/healthz': [get('/healthz')],
  };
}

/** Through the API, which is the same for every build. */
async function createRoom({ ready }: Child, { tokens }: People, name: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${ready.port}/trpc/chat.createRoom`, {
    method: 'POST',
    headers: { authorization: tokens[0] ?? '', 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (!response.ok) throw new Error(`no room: ${await response.text()}`);
}

export async function comparedCalls(baseline: string, options: RunOptions): Promise<Comparison> {
  const load = await start('load', 'load/requests.js');
  const open = async (root?: string) => {
    const server = await start('server', 'servers/mirage.js', {
      ...(root !== undefined && { root }),
      options: { databasePath: databasePath(), users: connections },
    });
    const people = await server.call<People>('people');
    for (const name of ['second', 'third', 'fourth', 'fifth']) await createRoom(server, people, name);
    return { server, requests: requestsOf(people) };
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
