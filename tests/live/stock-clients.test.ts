import { createTRPCClient, createWSClient, httpSubscriptionLink, type TRPCLink, wsLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { AppRouter } from '../../src/client/index.ts';
import { follow, startRoom } from '../support/live.ts';
import { startProxy } from '../support/tcp-proxy.ts';

function stockWebSocket(url: string, token: string): TRPCLink<AppRouter> {
  const client = createWSClient({
    url: `${url.replace('http', 'ws')}/trpc`,
    WebSocket: WebSocket as never, // safe: it has all of a browser's that tRPC uses
    connectionParams: { token },
  });
  onTestFinished(() => void client.close());
  return wsLink({ client });
}

function stockEventSource(url: string, token: string): TRPCLink<AppRouter> {
  return httpSubscriptionLink({
    url: `${url}/trpc`,
    EventSource,
    eventSourceOptions: {
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
    },
  });
}

it.each([
  ['wsLink', stockWebSocket],
  ['httpSubscriptionLink', stockEventSource],
])('a stock %s works unchanged, and resumes by itself', async (_, link) => {
  const { url, alice, bob, roomId, say } = await startRoom();
  const proxy = await startProxy(url);
  const client = createTRPCClient<AppRouter>({ links: [link(proxy.url, bob.token)] });
  await say('held');
  const room = follow((on) => client.chat.onMessage.subscribe({ roomId }, on));
  const inbox = follow((on) => client.inbox.onMessage.subscribe({ lastEventId: '0' }, on));
  await Promise.all([room.word('held'), inbox.started()]);
  const live = await say('live');
  const { id } = await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hi' });
  await Promise.all([room.word('live'), inbox.word('hi')]);
  expect(room.events[1]).toEqual({ id: live.id, data: { type: 'message', message: live } });
  await bob.client.inbox.markRead.mutate({ upTo: id });
  await inbox.word(`bob read ${id}`);
  expect(inbox.events.at(-1)).toMatchObject({ data: { type: 'read', reader: 'bob', upTo: id, with: null } });

  proxy.cut();
  await say('while away');
  await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'while away' });
  await Promise.all([room.word('while away'), inbox.word('while away')]);
  await bob.client.chat.leaveRoom.mutate({ roomId });
  await room.ended();
  expect([room.words, room.ends]).toEqual([['held', 'live', 'while away'], ['NOT_A_MEMBER']]);
  expect([inbox.words, inbox.ends]).toEqual([['hi', `bob read ${id}`, 'while away'], []]);
});
