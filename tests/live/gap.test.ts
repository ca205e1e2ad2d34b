import { describe, expect, it } from 'vitest';
import { createCaller } from '../../src/server/api/app-router.ts';
import { openServer } from '../../src/server/app/open-server.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { expectHonest } from './honest.ts';

const limits = { capacity: 5, ttlMs: 1000 };

describe.each(transports)('over %s', (transport) => {
  it('reports evicted history once, before the remaining messages', async () => {
    const { bob, url, roomId, say } = await startRoom({ roomMessages: limits });
    const { id } = await say('seen');
    for (const text of '1234567') await say(text);
    const following = liveClient({ url, token: bob.token, transport }).room(roomId, id);
    await following.word('7');
    await say('8');
    await following.word('8');
    expect(following.words).toEqual(['gap', '3', '4', '5', '6', '7', '8']);
  });

  it('reports expired history once, even if no message remains', async () => {
    const { bob, url, roomId, say, clock } = await startRoom({ roomMessages: limits });
    const { id } = await say('seen');
    await say('lost');
    clock.advance(1000);
    const following = liveClient({ url, token: bob.token, transport }).room(roomId, id);
    await following.word('gap');
    await say('new');
    await following.word('new');
    expect(following.words).toEqual(['gap', 'new']);
  });

  it('reports fully expired history once, however often the client reconnects', async () => {
    const { bob, url, roomId, say, clock } = await startRoom({ roomMessages: limits });
    const proxy = await startProxy(url);
    const { id } = await say('seen');
    await say('lost');
    clock.advance(1000);
    const { room, connection } = liveClient({ url: proxy.url, token: bob.token, transport });
    const following = room(roomId, id);
    await following.word('gap');
    for (let cut = 0; cut < 2; cut += 1) {
      const reconnected = new Promise<void>((resolve) => {
        const stop = connection.onChange((state) => {
          if (state !== 'open') return;
          stop();
          resolve();
        });
      });
      proxy.cut();
      await reconnected;
    }
    await say('new');
    await following.word('new');
    expect(following.words).toEqual(['gap', 'new']);
  });

  it('reports no gap for the loss of messages already seen or of another room', async () => {
    const { alice, bob, url, roomId, say, clock } = await startRoom({ roomMessages: limits });
    const { id: other } = await alice.client.chat.createRoom.mutate({ name: 'other' });
    const { id } = await say('seen');
    for (const text of '123456') await say(text, other);
    clock.advance(1000);
    const following = liveClient({ url, token: bob.token, transport }).room(roomId, id);
    await following.started();
    await say('new');
    await following.word('new');
    expect(following.words).toEqual(['new']);
  });

  it('reports a gap to every subscriber when a burst exceeds the capacity', async () => {
    const { alice, bob, deps, url, roomId, say } = await startRoom({ roomMessages: limits });
    const readers = [alice, bob].map(({ token }) => liveClient({ url, token, transport }).room(roomId));
    await Promise.all(readers.map((reader) => reader.started()));
    await say('before');
    await Promise.all(readers.map((reader) => reader.word('before')));
    const caller = createCaller({ deps, token: alice.token, address: '' });
    await Promise.all([...'123456789'].map((text) => caller.chat.sendMessage({ roomId, text })));
    await Promise.all(readers.map((reader) => reader.word('9')));
    for (const { words } of readers) expectHonest(words, ['before', ...'123456789']);
  });

  it('reports a gap to clients that resume after a restart of the server', async () => {
    const { alice, bob, url, roomId, say, clock, deps, close } = await startRoom();
    const { id } = await say('seen');
    await say('missed');
    await close();
    clock.advance(1);
    const port = Number(new URL(url).port);
    const again = await openServer({ ...deps.config, port }, { clock, log: deps.log });
    try {
      const following = liveClient({ url, token: bob.token, transport }).room(roomId, id);
      await following.word('gap');
      const caller = createCaller({ deps: again.deps, token: alice.token, address: '' });
      await caller.chat.sendMessage({ roomId, text: 'new' });
      await following.word('new');
      expect(following.words).toEqual(['gap', 'new']);
    } finally {
      await again.close();
    }
  });
});
