import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type Clock,
  createChat,
  type Message,
  memoryStorage,
  type News,
  type Readable,
  type Search,
} from '../../../src/client/chat/index.ts';
import { createMirageClient } from '../../../src/client/index.ts';
import { startMirage } from '../../support/harness.ts';
import { startLosingProxy } from '../../support/losing-proxy.ts';
import { startProxy } from '../../support/tcp-proxy.ts';
import { createLocks, openChat, shown, until, untilShown, watch } from './support.ts';

async function startRoom(history: 'ephemeral' | 'kept' = 'kept') {
  const mirage = await startMirage();
  const [ada, bob] = [await mirage.user('ada'), await mirage.user('bob')];
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'room', history });
  await bob.client.chat.joinRoom.mutate({ name: 'room' });
  const say = (text: string, by = bob) => by.client.chat.sendMessage.mutate({ roomId, text });
  return { mirage, ada, bob, roomId, say };
}

const spoken = (item: { kind: string }): item is Message => item.kind === 'message';
const texts = ({ items }: { items: readonly { kind: string }[] }) =>
  items.filter(spoken).map(({ text }) => text);

describe('a room', () => {
  it('shows history and what is said from then on, in order and once, with edits, reactions and deletions', async () => {
    const { mirage, ada, bob, roomId, say } = await startRoom('ephemeral');
    const first = await say('one');
    const second = await say('two');
    const room = openChat(mirage.url, ada).conversation({ roomId });
    await untilShown(room.messages, ['bob: one', 'bob: two']);

    await say('three');
    await untilShown(room.messages, ['bob: one', 'bob: two', 'bob: three']);
    await bob.client.chat.editMessage.mutate({ roomId, id: first.id, text: 'ONE' });
    await bob.client.chat.deleteMessage.mutate({ roomId, id: second.id });
    await bob.client.chat.react.mutate({ roomId, id: first.id, emoji: '👍' });
    await untilShown(room.messages, ['bob: ONE', 'bob: three']);
    const reacted = await until(
      room.messages,
      ({ items }) => spoken(items[0] ?? { kind: 'gap' }) && (items[0] as Message).reactions.length > 0,
    );
    expect(reacted.items[0]).toMatchObject({
      reactions: [{ emoji: '👍', users: ['bob'] }],
      editedAt: expect.any(String),
    });
    // What has not changed is the same object as before.
    expect(reacted.items[1]).toBe(room.messages.getSnapshot().items[1]);
  });

  it('pages through a kept room both ways with a bounded number of messages', async () => {
    const { mirage, ada, roomId, say } = await startRoom();
    for (let n = 1; n <= 60; n += 1) await say(`${n}`);
    const chat = openChat(mirage.url, ada, { limits: { pageSize: 10, windowSize: 25 } });
    const { messages } = chat.conversation({ roomId });
    watch(messages);
    await until(messages, ({ status }) => status === 'ready');
    expect(texts(messages.getSnapshot())).toEqual(Array.from({ length: 10 }, (_, n) => `${n + 51}`));

    while (messages.getSnapshot().older !== 'end') {
      messages.loadOlder();
      messages.loadOlder(); // one request
      await until(messages, ({ older }) => older !== 'loading');
      expect(messages.getSnapshot().items.length).toBeLessThanOrEqual(25);
    }
    expect(texts(messages.getSnapshot())[0]).toBe('1');
    expect(messages.getSnapshot().newer).toBe('more');

    await say('61');
    await until(messages, ({ unreadBelow }) => unreadBelow === 1);
    while (messages.getSnapshot().newer !== 'end') {
      messages.loadNewer();
      await until(messages, ({ newer }) => newer !== 'loading');
      expect(messages.getSnapshot().items.length).toBeLessThanOrEqual(25);
    }
    expect(texts(messages.getSnapshot()).slice(-2)).toEqual(['60', '61']);
    await say('62');
    await until(messages, (snapshot) => texts(snapshot).at(-1) === '62');
  });

  it('opens around a message and where reading stopped, and jumps to the live end', async () => {
    const { mirage, ada, roomId, say } = await startRoom();
    const sent = [];
    for (let n = 1; n <= 30; n += 1) sent.push(await say(`${n}`));
    await ada.client.chat.markRead.mutate({ roomId, upTo: sent[9]?.id ?? '' });
    const chat = openChat(mirage.url, ada, { limits: { pageSize: 6 } });
    await chat.rooms.load();
    const room = chat.conversation({ roomId });
    const around = room.window({ around: sent[19]?.id ?? '' });
    await around.load();
    expect(texts(around.getSnapshot())).toContain('20');
    expect([around.getSnapshot().older, around.getSnapshot().newer]).toEqual(['more', 'more']);

    const unread = room.window({ firstUnread: true });
    watch(unread);
    await unread.load();
    const first = unread.getSnapshot().items.find((item) => item.key === unread.getSnapshot().firstUnread);
    expect(first).toMatchObject({ text: '11' });
    unread.toLive();
    await until(unread, (snapshot) => texts(snapshot).at(-1) === '30');
    expect(unread.getSnapshot().newer).toBe('end');
  });

  it('tells why it has ended', async () => {
    const { mirage, ada, bob, roomId } = await startRoom();
    const room = openChat(mirage.url, bob).conversation({ roomId });
    watch(room.messages);
    watch(room.info);
    await until(room.info, ({ status }) => status === 'ready');
    await until(room.messages, ({ status, isStale }) => status === 'ready' && !isStale);
    await ada.client.chat.removeMember.mutate({ roomId, username: 'bob' });
    await until(room.messages, ({ status }) => status === 'ended');
    expect(room.info.getSnapshot()).toMatchObject({ status: 'ended', endedBy: 'NOT_A_MEMBER' });
  });

  it('shows what is lost of a room that holds few messages', async () => {
    const mirage = await startMirage({
      roomMessages: { ...(await startMirage()).deps.config.roomMessages, capacity: 3 },
    });
    const [ada, bob] = [await mirage.user('ada'), await mirage.user('bob')];
    const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'room' });
    await bob.client.chat.joinRoom.mutate({ name: 'room' });
    const say = (text: string) => bob.client.chat.sendMessage.mutate({ roomId, text });
    await say('1');
    await say('2');
    const chat = openChat(mirage.url, ada, { limits: { graceMs: 0 } });
    const { messages } = chat.conversation({ roomId });
    const stop = messages.subscribe(() => {});
    await until(messages, (snapshot) => texts(snapshot).length === 2);
    stop();
    await until(chat.state, ({ connection }) => connection === 'idle');
    for (const text of ['3', '4', '5', '6']) await say(text);
    watch(messages);
    await until(messages, (snapshot) => texts(snapshot).at(-1) === '6');
    expect(shown(messages.getSnapshot())).toEqual([
      'bob: 1',
      'bob: 2',
      'gap lost',
      'bob: 4',
      'bob: 5',
      'bob: 6',
    ]);
    expect(messages.getSnapshot().older).toBe('lost');
  });

  it('closes a gap of a kept room by itself', async () => {
    const { mirage, ada, bob, roomId, say } = await startRoom();
    await say('1');
    const chat = openChat(mirage.url, ada, { limits: { graceMs: 0, pageSize: 5 } });
    const { messages } = chat.conversation({ roomId });
    const stop = messages.subscribe(() => {});
    await until(messages, (snapshot) => texts(snapshot).length === 1);
    stop();
    await until(chat.state, ({ connection }) => connection === 'idle');
    for (let n = 2; n <= 30; n += 1) await say(`${n}`);
    await bob.client.chat.editMessage.mutate({
      roomId,
      id:
        (await bob.client.chat.history.query({ roomId, limit: 200 })).messages.find(
          ({ text }) => text === '1',
        )?.id ?? '',
      text: 'ONE',
    });
    watch(messages);
    await until(messages, (snapshot) => texts(snapshot)[0] === 'ONE' && !snapshot.isStale);
    expect(texts(messages.getSnapshot())).toEqual([
      'ONE',
      ...Array.from({ length: 29 }, (_, n) => `${n + 2}`),
    ]);
  });
});

describe('sending', () => {
  it('shows a message at once, and once, whichever of its event and its answer comes first', async () => {
    const { mirage, ada, roomId } = await startRoom();
    const room = openChat(mirage.url, ada).conversation({ roomId });
    watch(room.messages);
    await until(room.messages, ({ status, isStale }) => status === 'ready' && !isStale);
    const before = texts(room.messages.getSnapshot());
    const counts = new Set<number>();
    room.messages.subscribe(() =>
      counts.add(texts(room.messages.getSnapshot()).filter((text) => text === 'hello').length),
    );
    const { key, settled } = room.send('hello');
    expect(texts(room.messages.getSnapshot())).toEqual([...before, 'hello']);
    expect(room.messages.getSnapshot().items.at(-1)).toMatchObject({ key, id: null, isOwn: true });
    expect(await settled).toMatchObject({ ok: true, message: { text: 'hello', key } });
    await until(room.messages, ({ items }) => (items.at(-1) as Message).status === 'sent');
    expect(room.messages.getSnapshot().items.at(-1)).toMatchObject({ key, id: expect.any(String) });
    expect([...counts]).toEqual([1]);
  });

  it.each(['room', 'peer'] as const)(
    'delivers each message once and in order although answers are lost (%s)',
    async (kind) => {
      const { mirage, ada, roomId } = await startRoom();
      let count = 0;
      const proxy = await startLosingProxy({
        target: () => mirage.url,
        loses(body) {
          if (!body.includes('clientId')) return undefined;
          count += 1;
          if (count % 2 === 0) return undefined;
          return count % 4 === 1 ? 'after' : 'before';
        },
      });
      // Events come directly, as the proxy passes no sockets.
      const client = createMirageClient({ url: mirage.url, token: ada.token });
      const lossy = createMirageClient({ url: proxy.url, token: ada.token });
      const mixed = new Proxy(client, {
        get: (target, name) =>
          name === 'chat' || name === 'inbox' ? mix(client[name], lossy[name]) : Reflect.get(target, name),
      });
      const chat = openChat(mirage.url, ada, { client: mixed });
      const conversation = chat.conversation(kind === 'room' ? { roomId } : { peer: 'bob' });
      watch(conversation.messages);
      const sent = Array.from({ length: 6 }, (_, n) => conversation.send(`${n}`));
      for (const { settled } of sent) expect(await settled).toMatchObject({ ok: true });
      const expected = Array.from({ length: 6 }, (_, n) => `${n}`);
      await until(
        conversation.messages,
        (snapshot) =>
          texts(snapshot).length === 6 &&
          snapshot.items.every((item) => item.kind !== 'message' || item.id !== null),
      );
      expect(texts(conversation.messages.getSnapshot())).toEqual(expected);
      const stored =
        kind === 'room'
          ? (await ada.client.chat.history.query({ roomId })).messages
              .filter((message) => !message.kind)
              .map(({ text }) => text)
          : (await ada.client.inbox.listMessages.query({ with: 'bob' })).messages
              .map(({ text }) => text)
              .reverse();
      expect(stored).toEqual(expected);
      expect(proxy.counts.lost).toBeGreaterThan(2);
      expect(chat.outbox.getSnapshot()).toEqual([]);
    },
  );

  it('tells of a refusal, and sends again or discards what was refused', async () => {
    const { mirage, ada, roomId } = await startRoom();
    const chat = openChat(mirage.url, ada);
    const room = chat.conversation({ roomId });
    watch(room.messages);
    await until(room.messages, ({ status }) => status === 'ready');
    const tooLong = room.send('x'.repeat(20_000));
    const next = room.send('next');
    expect(await tooLong.settled).toMatchObject({
      ok: false,
      error: { reason: 'INVALID_INPUT', canRetry: false },
    });
    expect(await next.settled).toMatchObject({ ok: true });
    const [failed] = await until(chat.outbox, (entries) => entries.length === 1);
    expect([failed?.key, failed?.status]).toEqual([tooLong.key, 'failed']);
    room.discard(tooLong.key);
    await until(chat.outbox, (entries) => entries.length === 0);
    expect(texts(room.messages.getSnapshot())).toEqual(['next']);
  });

  it('keeps what could not be sent for the next page, and sends it there under the same name', async () => {
    const { mirage, ada, roomId } = await startRoom();
    const storage = memoryStorage();
    const away = createMirageClient({ url: 'http://127.0.0.1:9/', token: ada.token });
    const url = mirage.url.endsWith('/') ? mirage.url : `${mirage.url}/`;
    const offline = new Proxy(away, {
      get: (target, name) => (name === 'url' ? url : Reflect.get(target, name)),
    });
    const first = createChat({ client: offline, username: 'ada', storage });
    const { key } = first.conversation({ roomId }).send('written offline');
    first.conversation({ roomId }).draft.set('half a');
    await until(first.outbox, ([entry]) => entry?.isStored === true);
    await first.close();

    const chat = openChat(mirage.url, ada, { storage });
    const room = chat.conversation({ roomId });
    watch(room.messages);
    expect(await until(room.draft, (text) => text !== '')).toBe('half a');
    const { items } = await until(room.messages, (snapshot) =>
      snapshot.items.some(
        (item) => item.kind === 'message' && item.id !== null && item.text === 'written offline',
      ),
    );
    expect(items.filter(spoken).map((item) => item.key)).toEqual([key]);
    await until(chat.outbox, (entries) => entries.length === 0);
    expect((await storage.list('')).size).toBe(1); // the draft
  });

  it('deletes what is stored at logout, and gives nothing of it to the next user', async () => {
    const { mirage, ada, bob, roomId } = await startRoom();
    const storage = memoryStorage();
    const url = `${mirage.url.replace(/\/$/, '')}/`;
    const away = createMirageClient({ url: 'http://127.0.0.1:9/', token: ada.token });
    const offline = new Proxy(away, {
      get: (target, name) => (name === 'url' ? url : Reflect.get(target, name)),
    });
    const open = (username: string) => createChat({ client: offline, username, storage });
    const first = open('ada');
    first.conversation({ roomId }).send('secret');
    await until(first.outbox, ([entry]) => entry?.isStored === true);
    await first.close({ forget: true });
    expect((await storage.list('')).size).toBe(0);
    expect(first.state.getSnapshot().session).toBe('ended');

    const second = open('ada');
    second.conversation({ roomId }).send('secret');
    await until(second.outbox, ([entry]) => entry?.isStored === true);
    await second.close();
    expect((await storage.list('')).size).toBe(1);
    await second.close({ forget: true });
    expect((await storage.list('')).size).toBe(0);

    const third = open('ada');
    third.conversation({ roomId }).send('secret');
    await until(third.outbox, ([entry]) => entry?.isStored === true);
    await third.close();
    expect((await storage.list('')).size).toBe(1);
    const next = openChat(mirage.url, bob, { storage });
    await next.idle();
    expect((await storage.list('')).size).toBe(0);
    expect(next.outbox.getSnapshot()).toEqual([]);
  });
});

describe('what a message refers to', () => {
  it('attaches files that were uploaded before, also after a reload, and renews their addresses', async () => {
    const { mirage, ada, bob, roomId } = await startRoom();
    const uploaded = await ada.client.files.upload(new File(['notes'], 'notes.txt'), { roomId });
    const storage = memoryStorage();
    const away = createMirageClient({ url: 'http://127.0.0.1:9/', token: ada.token });
    const client = new Proxy(away, {
      get: (target, name) => (name === 'url' ? ada.client.url : Reflect.get(target, name)),
    });
    const offline = openChat(mirage.url, ada, { client, storage });
    const unsent = offline.conversation({ roomId });
    watch(unsent.messages);
    unsent.send({ text: '', attachments: [uploaded] });
    await until(offline.outbox, ([first]) => first?.isStored === true);
    expect(unsent.messages.getSnapshot().items).toMatchObject([
      { attachments: [{ id: uploaded.id, name: 'notes.txt', size: 5, progress: null, url: null }] },
    ]);
    await offline.close();

    const { messages } = openChat(mirage.url, ada, { client: ada.client, storage }).conversation({ roomId });
    watch(messages);
    const { items } = await until(messages, ({ items }) =>
      items.some((item) => spoken(item) && item.id !== null),
    );
    const [sent] = items.filter(spoken);
    expect(sent).toMatchObject({ attachments: [{ id: uploaded.id, name: 'notes.txt' }] });
    const url = sent?.attachments[0]?.url ?? '';
    await messages.renew(sent?.key ?? '');
    const [renewed] = messages.getSnapshot().items.filter(spoken);
    expect((await fetch(bob.client.files.url(renewed?.attachments[0]?.url ?? url))).status).toBe(200);
  });

  it('sends again without what it replied to and without its files, if these are gone', async () => {
    const { mirage, ada, bob, roomId, say } = await startRoom('ephemeral');
    const { id } = await say('soon gone');
    const room = openChat(mirage.url, ada).conversation({ roomId });
    await untilShown(room.messages, ['bob: soon gone']);
    await bob.client.chat.deleteMessage.mutate({ roomId, id });
    await untilShown(room.messages, []);
    expect(room.messages.isGone(id)).toBe(true);

    const reply = room.send({ text: 'about that', replyTo: id });
    expect(await reply.settled).toMatchObject({ ok: false, error: { reason: 'MESSAGE_NOT_FOUND' } });
    room.retry(reply.key);
    await untilShown(room.messages, ['ada: about that']);

    const facts = { id: 'AAAAAAAAAAAAAAAAAAAAAA', name: 'gone.txt', size: 4, mediaType: 'text/plain' };
    const withFile = room.send({ text: 'and this', attachments: [facts] });
    expect(await withFile.settled).toMatchObject({ ok: false, error: { reason: 'FILE_NOT_FOUND' } });
    room.retry(withFile.key);
    await untilShown(room.messages, ['ada: about that', 'ada: and this']);
    expect(room.messages.getSnapshot().items[1]).toMatchObject({ attachments: [] });
  });

  it('keeps a message whose answer was lost if what it replies to has been deleted since', async () => {
    const { mirage, ada, bob, roomId, say } = await startRoom('ephemeral');
    const { id } = await say('soon gone');
    const away = createMirageClient({ url: 'http://127.0.0.1:9/', token: ada.token });
    let isAway = true;
    const chatOf = new Proxy(ada.client.chat, {
      get: (target, name) => Reflect.get(name === 'sendMessage' && isAway ? away.chat : target, name),
    });
    const client = new Proxy(ada.client, {
      get: (target, name) => (name === 'chat' ? chatOf : Reflect.get(target, name)),
    });
    const chat = openChat(mirage.url, ada, { client });
    const room = chat.conversation({ roomId });
    await untilShown(room.messages, ['bob: soon gone']);
    const reply = room.send({ text: 'about that', replyTo: id });
    await until(chat.outbox, ([first]) => first?.error !== null && first?.status === 'queued');
    await bob.client.chat.deleteMessage.mutate({ roomId, id });
    isAway = false;
    expect(await reply.settled).toMatchObject({ ok: false, error: { reason: 'MESSAGE_NOT_FOUND' } });
  });
});

describe('what the user changes', () => {
  it.each(['room', 'peer'] as const)(
    'is shown at once and taken back where it is refused (%s)',
    async (kind) => {
      const { mirage, ada, bob, roomId } = await startRoom();
      const conversation = openChat(mirage.url, ada).conversation(
        kind === 'room' ? { roomId } : { peer: 'bob' },
      );
      watch(conversation.messages);
      await until(conversation.messages, ({ status, isStale }) => status === 'ready' && !isStale);
      const { key, settled } = conversation.send('hello');
      await settled;
      const item = () =>
        conversation.messages.getSnapshot().items.find((each) => each.key === key) as Message;
      await until(conversation.messages, () => item().status === 'sent');

      const edited = conversation.edit(key, 'hello!');
      expect(item()).toMatchObject({ text: 'hello!', pending: 'edit' });
      await edited;
      await until(conversation.messages, () => item().pending === null);
      expect(item()).toMatchObject({ text: 'hello!', editedAt: expect.any(String) });
      const reacted = conversation.react(key, '🎉');
      expect(item().reactions).toEqual([{ emoji: '🎉', users: ['ada'] }]);
      await reacted;
      await conversation.unreact(key, '🎉');
      await until(conversation.messages, () => item().pending === null && item().reactions.length === 0);

      const other =
        kind === 'room'
          ? await bob.client.chat.sendMessage.mutate({ roomId, text: 'mine' })
          : await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'mine' });
      await until(conversation.messages, (snapshot) => texts(snapshot).includes('mine'));
      await expect(conversation.edit(String(other.id), 'yours')).rejects.toMatchObject({
        data: { reason: 'NOT_THE_SENDER' },
      });
      expect(texts(conversation.messages.getSnapshot())).toEqual(['hello!', 'mine']);
      await conversation.remove(key);
      await until(conversation.messages, (snapshot) => texts(snapshot).join() === 'mine');
    },
  );
});

describe('lists, unread messages and news', () => {
  it('has rooms, conversations and the server’s numbers, live', async () => {
    const { mirage, ada, bob, roomId, say } = await startRoom();
    const chat = openChat(mirage.url, ada);
    for (const list of [chat.rooms, chat.inbox, chat.publicRooms]) watch(list);
    watch(chat.unread);
    const news: News[] = [];
    chat.onNews((one) => news.push(one));
    await until(chat.rooms, ({ status }) => status === 'ready');
    await until(chat.inbox, ({ status }) => status === 'ready');
    expect(chat.rooms.getSnapshot().items).toMatchObject([{ name: 'room', unread: 0 }]);

    await say('hello @ada');
    await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'psst' });
    await until(chat.unread, ({ messages }) => messages === 2);
    expect(chat.unread.getSnapshot()).toEqual({
      messages: 2,
      mentions: 1,
      conversations: 2,
      inRooms: 1,
      inInbox: 1,
    });
    expect(chat.inbox.getSnapshot().items).toMatchObject([
      { peer: { username: 'bob' }, unread: 1, lastMessage: { text: 'psst' } },
    ]);
    expect(news.map(({ target, message, mentionsMe }) => [target, message.text, mentionsMe])).toEqual(
      expect.arrayContaining([
        [{ roomId }, 'hello @ada', true],
        [{ peer: 'bob' }, 'psst', false],
      ]),
    );
    expect(news).toHaveLength(2);

    await chat.conversation({ roomId }).mute();
    await until(chat.unread, ({ messages }) => messages === 1);
    expect(chat.unread.getSnapshot()).toMatchObject({ inRooms: 1, inInbox: 1 }); // muted or not
    await ada.client.chat.createRoom.mutate({ name: 'another' });
    await until(chat.rooms, ({ items }) => items.length === 2);
    await until(chat.publicRooms, ({ items }) => items.length === 2);
  });

  it('lists conversations without holes, and what has just been said at once', async () => {
    const mirage = await startMirage();
    const ada = await mirage.user('ada');
    const tell = async (name: string, text: string) => {
      const { client } = await mirage.user(name);
      return client.inbox.sendMessage.mutate({ recipient: 'ada', text });
    };
    for (let n = 1; n <= 52; n += 1) await tell(`peer${n}`, `from ${n}`);
    const chat = openChat(mirage.url, ada);
    const names = () => chat.inbox.getSnapshot().items.map(({ peer }) => peer.username);
    watch(chat.inbox);
    await until(chat.inbox, ({ isStale }) => !isStale);
    await until(watch(chat.conversation({ peer: 'peer1' }).info), ({ unread }) => unread === 1);
    expect(names()).toEqual(Array.from({ length: 50 }, (_, n) => `peer${52 - n}`));
    await tell('newest', 'hello');
    const { items } = await until(chat.inbox, ({ items }) => items.length === 51);
    expect(items[0]).toMatchObject({ peer: { username: 'newest' }, lastMessage: { text: 'hello' } });
    chat.inbox.loadMore();
    await until(chat.inbox, ({ hasMore }) => !hasMore);
    expect(names().slice(-3)).toEqual(['peer3', 'peer2', 'peer1']);
  });

  it('marks what was looked at for a while, and nothing without attention', async () => {
    const { mirage, ada, bob, roomId, say } = await startRoom();
    let isLooking = false;
    const listeners = new Set<() => void>();
    const attention = {
      getSnapshot: () => isLooking,
      subscribe(listener: () => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const chat = openChat(mirage.url, ada, { attention });
    watch(chat.unread);
    const conversations = [chat.conversation({ roomId }), chat.conversation({ peer: 'bob' })];
    await say('one');
    await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'two' });
    for (const { messages } of conversations) {
      watch(messages);
      await until(messages, (snapshot) => texts(snapshot).length === 1);
      messages.seen(messages.getSnapshot().items.at(-1)?.key ?? null);
    }
    await until(chat.unread, ({ messages }) => messages === 2);
    const countUnread = async () =>
      (await ada.client.inbox.countMessages.query()).unread +
      ((await ada.client.chat.listJoinedRooms.query())[0]?.unread ?? 0);
    expect(await countUnread()).toBe(2);

    isLooking = true;
    for (const listener of listeners) listener();
    await until(chat.unread, ({ messages }) => messages === 0);
    expect(await countUnread()).toBe(2); // it may still be given up
    await expect.poll(countUnread).toBe(0);
    // Where the other has read is shown to the sender.
    const others = openChat(mirage.url, bob).conversation({ peer: 'ada' });
    watch(others.messages);
    await until(
      others.messages,
      ({ items }) => items.length === 1 && (items[0] as Message).status === 'read',
    );
  });
});

describe('what else there is', () => {
  it('has what is pinned in a room, live', async () => {
    const { mirage, ada, bob, roomId, say } = await startRoom();
    const { id } = await say('remember');
    const room = openChat(mirage.url, bob).conversation({ roomId });
    watch(room.messages);
    watch(room.pins);
    await until(room.messages, ({ isStale }) => !isStale);
    await until(room.pins, ({ status }) => status === 'ready');
    expect(room.pins.getSnapshot().items).toEqual([]);
    await ada.client.chat.pinMessage.mutate({ roomId, id });
    const { items } = await until(room.pins, ({ items }) => items.length > 0);
    expect(items).toMatchObject([{ message: { id, text: 'remember', author: 'bob' }, pinnedBy: 'ada' }]);
    await ada.client.chat.unpinMessage.mutate({ roomId, id });
    await until(room.pins, ({ items }) => items.length === 0);
  });

  it('has whom the user has blocked, live', async () => {
    const { mirage, ada } = await startRoom();
    const { blocked } = openChat(mirage.url, ada);
    watch(blocked);
    await until(blocked, ({ status }) => status === 'ready');
    expect(blocked.getSnapshot().items).toEqual([]);
    await ada.client.users.block.mutate({ username: 'bob' });
    await until(blocked, ({ items }) => items.includes('bob'));
    await ada.client.users.unblock.mutate({ username: 'bob' });
    await until(blocked, ({ items }) => items.length === 0);
  });
});

describe('who is there', () => {
  it('shows who is online and typing, and stops when a message comes', async () => {
    const { mirage, ada, bob, roomId } = await startRoom();
    const [hers, his] = [openChat(mirage.url, ada), openChat(mirage.url, bob)];
    const room = hers.conversation({ roomId });
    for (const readable of [room.messages, room.typing, room.online]) watch(readable as typeof room.messages);
    const online = watch(hers.presence(['bob', 'nobody']));
    watch(his.conversation({ roomId }).messages);
    watch(his.conversation({ roomId }).typing);
    await until(room.online, (names) => names.has('bob'));
    await until(online, (state) => state.get('bob') === true && state.get('nobody') === false);
    his.conversation({ roomId }).keystroke();
    await until(room.typing, (names) => names.includes('bob'));
    his.conversation({ roomId }).send('done');
    await until(room.typing, (names) => names.length === 0);

    const peer = hers.conversation({ peer: 'bob' });
    watch(peer.typing);
    watch(peer.messages);
    await until(peer.messages, ({ status, isStale }) => status === 'ready' && !isStale);
    his.conversation({ peer: 'ada' }).keystroke();
    await until(peer.typing, (names) => names.includes('bob'));
    his.conversation({ peer: 'ada' }).send('hi');
    await until(peer.typing, (names) => names.length === 0);
  });
});

it('shows whoever goes on typing in a room for as long as the server does', async () => {
  const { mirage, ada, bob, roomId } = await startRoom();
  const due = new Set<() => void>();
  const clock: Clock = {
    now: () => Date.now(),
    setTimer(run, ms) {
      const isOfTyping = ms > 6000 && ms < 8000;
      if (isOfTyping) due.add(run);
      const timer = isOfTyping ? undefined : setTimeout(run, ms);
      return () => {
        due.delete(run);
        clearTimeout(timer);
      };
    },
  };
  const room = openChat(mirage.url, ada, { clock }).conversation({ roomId });
  watch(room.messages);
  watch(room.typing);
  await until(room.messages, ({ status, isStale }) => status === 'ready' && !isStale);
  await bob.client.chat.setTyping.mutate({ roomId, isTyping: true });
  await until(room.typing, (names) => names.includes('bob'));
  for (const run of due) run();
  expect(room.typing.getSnapshot()).toEqual(['bob']);
  await bob.client.chat.setTyping.mutate({ roomId, isTyping: false });
  await until(room.typing, (names) => names.length === 0);
});

describe('a search', () => {
  const foundBy = (search: Search) => search.getSnapshot().items.map(({ message }) => message.text);

  /** Answers have left the server, and wait until they are released. */
  function holdSearches() {
    const fetch = globalThis.fetch;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const answers = { count: 0, release };
    const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
      const response = await fetch(...request);
      if (!String(request[0]).includes('search')) return response;
      const text = await response.text();
      answers.count += String(request[0]).split('.search').length - 1;
      await released;
      return new Response(text, response);
    });
    onTestFinished(() => spy.mockRestore());
    return answers;
  }

  async function startSearch() {
    const start = await startRoom();
    const { mirage, ada, bob, roomId } = start;
    const tell = (text: string) => bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text });
    const chat = openChat(mirage.url, ada);
    const room = watch(chat.conversation({ roomId }).messages);
    watch(chat.inbox);
    await until(chat.inbox, ({ isStale }) => !isStale);
    await until(room, ({ isStale }) => !isStale);
    return { ...start, chat, tell };
  }

  it('finds messages of rooms and of the inbox, and drops answers of superseded queries', async () => {
    const { chat, roomId, say, tell } = await startSearch();
    await say('a needle in the room');
    await tell('a needle in the inbox');
    const search = watch(chat.search());
    search.setQuery('hay');
    search.setQuery(' needle ');
    expect(search.getSnapshot()).toMatchObject({ query: 'needle', status: 'loading' });
    const { items } = await until(search, ({ status }) => status === 'ready');
    expect(items.map(({ target, message }) => [target, message.text])).toEqual([
      [{ roomId }, 'a needle in the room'], // at the same time
      [{ peer: 'bob' }, 'a needle in the inbox'],
    ]);
    for (const [where, text] of [
      [{ roomId }, 'a needle in the room'],
      ['rooms', 'a needle in the room'],
      [{ peer: 'bob' }, 'a needle in the inbox'],
      ['inbox', 'a needle in the inbox'],
    ] as const) {
      const part = watch(chat.search({ in: where }));
      part.setQuery('needle');
      part.retry(); // at once
      await until(part, ({ status }) => status === 'ready');
      expect(foundBy(part)).toEqual([text]);
    }
    search.setQuery('');
    await until(search, ({ status }) => status === 'ready');
    expect(search.getSnapshot()).toMatchObject({ query: '', items: [], hasMore: false });
  });

  it('follows what is edited, deleted and cleared, also while an answer is under way', async () => {
    const { chat, ada, bob, roomId, say, tell } = await startSearch();
    const [first, second] = [await say('needle one'), await say('needle two')];
    const [third] = [await tell('needle three'), await tell('needle four')];
    const search = watch(chat.search());
    search.setQuery('needle');
    await until(search, ({ items }) => items.length === 4);

    await bob.client.chat.deleteMessage.mutate({ roomId, id: first.id });
    await bob.client.chat.editMessage.mutate({ roomId, id: second.id, text: 'pin two' });
    await until(search, () => foundBy(search).join() === 'pin two,needle four,needle three');
    expect(search.getSnapshot().items.map(({ ranges }) => ranges.length)).toEqual([0, 1, 1]);

    const answers = holdSearches();
    search.setQuery('need');
    await expect.poll(() => answers.count).toBe(2);
    await bob.client.inbox.deleteMessage.mutate({ id: third.id });
    await until(search, () => foundBy(search).join() === 'pin two,needle four');
    answers.release();
    await until(search, ({ status }) => status === 'ready');
    expect(foundBy(search)).toEqual(['needle four']);
    await ada.client.inbox.clearConversation.mutate({ with: 'bob' });
    await until(search, ({ items }) => items.length === 0);
  });

  it('pages, and says what went wrong until it succeeds', async () => {
    const { mirage, ada, tell } = await startSearch();
    for (let n = 1; n <= 25; n += 1) await tell(`needle ${n}`);
    const proxy = await startProxy(mirage.url);
    const chat = openChat(proxy.url, ada);
    const search = watch(chat.search({ in: 'inbox' }));
    search.setQuery('needle');
    await until(search, ({ status, items }) => status === 'ready' && items.length === 20);
    expect(search.getSnapshot().hasMore).toBe(true);
    search.loadMore();
    expect(search.getSnapshot().isLoadingMore).toBe(true);
    await until(search, ({ isLoadingMore }) => !isLoadingMore);
    expect(foundBy(search)).toEqual(Array.from({ length: 25 }, (_, n) => `needle ${25 - n}`));
    expect(search.getSnapshot().hasMore).toBe(false);

    proxy.down();
    search.setQuery('needle 23');
    await until(search, ({ status }) => status === 'failed');
    expect(search.getSnapshot()).toMatchObject({ items: [], error: { canRetry: true } });
    proxy.up();
    await until(search, ({ status }) => status === 'ready');
    expect(foundBy(search)).toEqual(['needle 23']);
  });
});

describe('connections', () => {
  it('are one, with one subscription to rooms and one to the inbox, and end after the last subscriber', async () => {
    const { mirage, ada, roomId } = await startRoom();
    const client = createMirageClient({ url: mirage.url, token: ada.token });
    const chat = openChat(mirage.url, ada, { client, limits: { graceMs: 20 } });
    const room = chat.conversation({ roomId });
    expect(chat.conversation({ roomId })).toBe(room);
    expect(client.connection.state).toBe('idle');
    const stops = [room.messages, room.info, chat.rooms, chat.unread, chat.inbox].map((readable) =>
      (readable as typeof chat.rooms).subscribe(() => {}),
    );
    await until(room.messages, ({ status, isStale }) => status === 'ready' && !isStale);
    await until(chat.inbox, ({ isStale, status }) => status === 'ready' && !isStale);
    for (const stop of stops) stop();
    await until(chat.state, ({ connection }) => connection === 'idle');
    expect(client.connection.state).toBe('idle');
  });

  it('resume where they were cut, with what was said, edited and deleted meanwhile', async () => {
    const { mirage, ada, bob, roomId, say } = await startRoom();
    const proxy = await startProxy(mirage.url);
    const chat = openChat(proxy.url, ada);
    const room = chat.conversation({ roomId });
    const peer = chat.conversation({ peer: 'bob' });
    watch(room.messages);
    watch(peer.messages);
    const first = await say('first');
    const second = await say('second');
    await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'hello' });
    await until(room.messages, (snapshot) => texts(snapshot).length === 2 && !snapshot.isStale);
    await until(peer.messages, (snapshot) => texts(snapshot).length === 1 && !snapshot.isStale);
    proxy.down();
    await until(chat.state, ({ connection }) => connection === 'connecting');
    await until(room.messages, ({ isStale }) => isStale);
    await bob.client.chat.editMessage.mutate({ roomId, id: first.id, text: 'FIRST' });
    await bob.client.chat.deleteMessage.mutate({ roomId, id: second.id });
    await say('third');
    await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'again' });
    const { key } = room.send('from offline');
    expect(texts(room.messages.getSnapshot())).toEqual(['first', 'second', 'from offline']);
    proxy.up();
    await until(
      room.messages,
      (snapshot) => texts(snapshot).join() === 'FIRST,third,from offline' && !snapshot.isStale,
    );
    await until(peer.messages, (snapshot) => texts(snapshot).join() === 'hello,again' && !snapshot.isStale);
    await until(room.messages, ({ items }) => (items.at(-1) as Message).id !== null);
    expect(room.messages.getSnapshot().items.at(-1)?.key).toBe(key);
  });

  it('show the same draft in all windows, unless something else is written there', async () => {
    const { mirage, ada, bob, roomId } = await startRoom();
    const rooms = [ada, ada, bob].map((user) => openChat(mirage.url, user).conversation({ roomId }));
    const [first, second, other] = rooms.map(({ draft }) => watch(draft));
    first?.set('half a');
    await until(second as Readable<string>, (text) => text === 'half a');
    second?.set('half a thought');
    await until(first as Readable<string>, (text) => text === 'half a thought');
    expect(other?.getSnapshot()).toBe('');

    first?.set('mine');
    second?.set('its own');
    first?.set('mine alone');
    second?.set('');
    first?.set('');
    second?.set('both again');
    await until(first as Readable<string>, (text) => text === 'both again');
  });

  it('share what is not sent: another window takes over what a closed one has left', async () => {
    const { mirage, ada, roomId } = await startRoom();
    const proxy = await startProxy(mirage.url);
    const storage = memoryStorage();
    const locks = createLocks();
    const client = createMirageClient({ url: proxy.url, token: ada.token });
    const [one, two] = [0, 1].map(() => createChat({ client, username: 'ada', storage, locks }));
    if (!one || !two) throw new Error('there are two');
    onTestFinished(async () => {
      await two.close();
      client.connection.close();
    });
    const conversations = [one, two].map((chat) => chat.conversation({ roomId }));
    for (const { messages } of conversations) watch(messages);
    for (const { messages } of conversations)
      await until(messages, ({ status, isStale }) => status === 'ready' && !isStale);
    proxy.down();
    const { key } = conversations[0]?.send('left behind') ?? { key: '' };
    await until(one.outbox, ([entry]) => entry?.isStored === true);
    await two.idle();
    expect(two.outbox.getSnapshot()).toEqual([]);
    const third = createChat({ client, username: 'ada', storage, locks });
    onTestFinished(() => third.close());
    await third.idle();
    expect(third.outbox.getSnapshot()).toEqual([]); // its window is still there
    await one.close();
    await until(third.outbox, (entries) => entries.length === 1);
    proxy.up();
    const shows = await until(
      conversations[1]?.messages ?? third.conversation({ roomId }).messages,
      (snapshot) => texts(snapshot).includes('left behind'),
    );
    expect(shows.items.filter(spoken).map((item) => item.key)).toEqual([key]);
    await until(third.outbox, (entries) => entries.length === 0);
    const { messages } = await ada.client.chat.history.query({ roomId });
    expect(messages.filter(({ text }) => text === 'left behind')).toHaveLength(1);
  });

  it('end with the session, once, and keep what is not sent', async () => {
    const { mirage, ada, roomId } = await startRoom();
    const storage = memoryStorage();
    const chat = openChat(mirage.url, ada, { storage });
    watch(chat.conversation({ roomId }).messages);
    await until(
      chat.conversation({ roomId }).messages,
      ({ status, isStale }) => status === 'ready' && !isStale,
    );
    await ada.client.auth.logoutEverywhere.mutate();
    await until(chat.state, ({ session }) => session === 'ended');
    expect(chat.state.getSnapshot().error).toMatchObject({ reason: 'UNAUTHORIZED' });
    const { key } = chat.conversation({ roomId }).send('too late');
    await until(chat.outbox, ([entry]) => entry?.isStored === true);
    expect(chat.outbox.getSnapshot()).toMatchObject([{ key, status: 'queued' }]);
    expect((await storage.list('')).size).toBe(1);
  });
});

function mix<T extends object>(client: T, lossy: T): T {
  return new Proxy(client, {
    get: (target, name) => Reflect.get(name === 'sendMessage' ? lossy : target, name),
  });
}
