import { describe, expect, it } from 'vitest';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { startProxy } from '../support/tcp-proxy.ts';

describe.each(transports)('a room over %s', (transport) => {
  it('delivers held messages, then new ones, each once and in order', async () => {
    const { alice, bob, url, roomId, say } = await startRoom();
    await say('a');
    await say('b');
    const [first, second] = [alice, bob].map(({ token }) =>
      liveClient({ url, token, transport }).room(roomId),
    );
    await Promise.all([first?.count(2), second?.count(2)]);
    await say('c');
    await Promise.all([first?.word('c'), second?.word('c')]);
    expect([first?.words, second?.words]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  it('delivers each message as it was sent, tracked by its id', async () => {
    const { bob, url, roomId, say } = await startRoom();
    const following = liveClient({ url, token: bob.token, transport }).room(roomId);
    await following.started();
    const message = await say('世界 "quoted"\n\u2028');
    await following.count(1);
    expect(following.events).toEqual([{ id: message.id, data: { type: 'message', message } }]);
  });

  it('delivers only messages newer than lastEventId, and none of other rooms', async () => {
    const { alice, bob, url, roomId, say } = await startRoom();
    const { id: other } = await alice.client.chat.createRoom.mutate({ name: 'other' });
    await say('a');
    const { id } = await say('b');
    await say('elsewhere', other);
    await say('c');
    const following = liveClient({ url, token: bob.token, transport }).room(roomId, id);
    await following.count(1);
    await say('elsewhere', other);
    await say('d');
    await following.word('d');
    expect(following.words).toEqual(['c', 'd']);
  });

  it('delivers to all subscribers although one resumed after an id that does not exist yet', async () => {
    const { alice, bob, url, roomId, say } = await startRoom();
    const odd = liveClient({ url, token: bob.token, transport }).room(roomId, '999999999999999-0');
    await odd.started();
    const following = liveClient({ url, token: alice.token, transport }).room(roomId);
    await following.started();
    await say('a');
    await following.word('a');
    await odd.word('a');
    await say('b');
    await following.word('b');
    expect(following.words).toEqual(['a', 'b']);
  });

  it('resumes after a lost connection without loss or repetition, even if the last event was a gap', async () => {
    const { bob, url, roomId, say } = await startRoom({ roomMessages: { capacity: 2, ttlMs: 60_000 } });
    const proxy = await startProxy(url);
    const { id } = await say('a');
    for (const text of ['b', 'c', 'd']) await say(text);
    const following = liveClient({ url: proxy.url, token: bob.token, transport }).room(roomId, id);
    await following.word('d');
    proxy.cut();
    await say('e');
    await following.word('e');
    expect(following.words).toEqual(['gap', 'c', 'd', 'e']);
  });
});

describe.each(transports)('an inbox over %s', (transport) => {
  async function setup() {
    const { alice, bob, url } = await startRoom();
    const proxy = await startProxy(url);
    const send = (text: string) => alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text });
    const open = (to = url) => liveClient({ url: to, token: bob.token, transport });
    return { alice, bob, url, proxy, send, open };
  }

  it('delivers what was sent while disconnected, even if the last event had no id', async () => {
    const { bob, proxy, send, open } = await setup();
    const following = open(proxy.url).inbox();
    await following.started();
    const { id } = await send('a');
    await following.word('a');
    await bob.client.inbox.deleteMessage.mutate({ id });
    await following.word(`deleted ${id}`);
    proxy.cut();
    await send('b');
    await following.word('b');
    expect(following.words).toEqual(['a', `deleted ${id}`, 'b']);
  });

  it('delivers what was sent while disconnected, even before the first event', async () => {
    const { proxy, send, open } = await setup();
    const following = open(proxy.url).inbox();
    await following.started();
    proxy.cut();
    await send('a');
    await following.word('a');
  });

  it('tells a second device about deletions at once, even if others have exchanged messages since', async () => {
    const { alice, bob, send, open } = await setup();
    const first = open().inbox();
    await first.started();
    const { id } = await send('a');
    await alice.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'a note to myself' });
    const second = open().inbox();
    await second.started();
    await bob.client.inbox.deleteMessage.mutate({ id });
    await Promise.all([first, second].map((device) => device.word(`deleted ${id}`)));
    expect(second.words.filter((word) => word !== 'ready')).toEqual([`deleted ${id}`]);
  });

  it('tells sender and recipient what was sent, read and deleted', async () => {
    const { alice, bob, url, send, open } = await setup();
    const mine = liveClient({ url, token: alice.token, transport }).inbox();
    const theirs = open().inbox();
    await Promise.all([mine.started(), theirs.started()]);
    const { id } = await send('a');
    await Promise.all([mine.word('a'), theirs.word('a')]);
    await bob.client.inbox.markRead.mutate({ upTo: id });
    await bob.client.inbox.deleteMessage.mutate({ id });
    for (const { words, word } of [mine, theirs]) {
      await word(`deleted ${id}`);
      expect(words.slice(-3)).toEqual(['a', `bob read ${id}`, `deleted ${id}`]);
    }
  });

  it('continues to deliver although a client resumed after an id that does not exist yet', async () => {
    const { send, open } = await setup();
    const odd = open().inbox('999999999');
    await odd.started();
    const following = open().inbox();
    await following.started();
    await send('a');
    await Promise.all([odd.word('a'), following.word('a')]);
  });
});
