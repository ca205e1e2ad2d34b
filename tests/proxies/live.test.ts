import { expect, it, vi } from 'vitest';
import { startRoom } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { openStream } from '../support/raw-stream.ts';
import { proxies, startReverseProxy } from './support/proxy.ts';

it('nginx with its default HTTP/1.0 forwards streams with a ticket, and the 401 for a spent ticket', async () => {
  const { url: upstream, bob, roomId, say } = await startRoom({ trustedProxies: 1 });
  const { url } = await startReverseProxy('nginx', { upstream, recipe: 'defaults' });
  const { ticket } = await bob.client.auth.createTicket.mutate();
  const request = { input: { roomId }, query: { connectionParams: JSON.stringify({ ticket }) } };
  const stream = await openStream(url, 'chat.onMessage', request);
  await stream.has('connected');
  await say('hello');
  await stream.has('hello');
  const again = await openStream(url, 'chat.onMessage', request);
  await again.over();
  expect(again.response.status).toBe(401);
});

it.each(proxies)('%s carries more subscriptions over `sse` than browsers allow connections', async (name) => {
  const { url: upstream, deps, bob, roomId, say } = await startRoom({ trustedProxies: 1 });
  const { url } = await startReverseProxy(name, { upstream });
  const { room, connection } = liveClient({ url, token: bob.token, transport: 'sse' });
  const followings = Array.from({ length: 10 }, () => room(roomId));
  await Promise.all(followings.map(({ started }) => started()));
  await say('hello');
  await Promise.all(followings.map(({ word }) => word('hello')));
  expect(connection.state).toBe('open');
  connection.close();
  await vi.waitFor(() => expect(deps.hub.size).toBe(0), 40_000);
});
