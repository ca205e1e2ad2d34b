import { describe, expect, it } from 'vitest';
import { openServer } from '../../src/server/open-server.ts';
import { createCaller } from '../../src/server/routers/app-router.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { expectHonest } from './honest.ts';

const limits = { capacity: 5, ttlMs: 1000 };

describe.each(transports)('over %s', (transport) => {
  it('says once that history was crowded out, and before what is left of it', async () => {
    const { bob, url, roomId, say } = await startRoom({ roomMessages: limits });
    const { id } = await say('seen');
    for (const text of '1234567') await say(text);
    const following = liveClient({ url, token: bob.token, transport }).room(roomId, id);
    await following.word('7');
    await say('8');
    await following.word('8');
    expect(following.words).toEqual(['gap', '3', '4', '5', '6', '7', '8']);
  });

  it('says once that history has expired, though nothing is left', async () => {
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

  it('says nothing when only what the reader has seen is gone, or what another room said', async () => {
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

  it('says so when a burst is larger than what is held, to every reader', async () => {
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

  it('says so to those who come back after the server was started anew', async () => {
    const { alice, bob, url, roomId, say, clock, deps, close } = await startRoom();
    const { id } = await say('seen');
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
