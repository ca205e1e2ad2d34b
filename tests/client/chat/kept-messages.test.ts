import { expect, it } from 'vitest';
import { type ChatStorage, createChat, type Message, memoryStorage } from '../../../src/client/chat/index.ts';
import { createMirageClient } from '../../../src/client/index.ts';
import { startMirage } from '../../support/harness.ts';
import { openChat, shown, until, untilShown, watch } from './support.ts';

async function startRoom() {
  const mirage = await startMirage();
  const [ada, bob] = [await mirage.user('ada'), await mirage.user('bob')];
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'room' });
  await bob.client.chat.joinRoom.mutate({ name: 'room' });
  const say = (text: string) => bob.client.chat.sendMessage.mutate({ roomId, text });
  return { mirage, ada, bob, roomId, say };
}

/** A client of that server whose calls arrive nowhere. */
function offlineClient(url: string, token: string) {
  const away = createMirageClient({ url: 'http://127.0.0.1:9/', token });
  const own = `${url.replace(/\/$/, '')}/`;
  return new Proxy(away, {
    get: (target, name) => (name === 'url' ? own : Reflect.get(target, name)),
  });
}

const textOf = async (storage: ChatStorage) => JSON.stringify([...(await storage.list(''))]);
const keysOf = async (storage: ChatStorage) =>
  [...(await storage.list('')).keys()].map((key) => key.split('/ada/')[1]).sort();

it('shows what was shown last at once and offline, and what the server confirms of it later', async () => {
  const { mirage, ada, bob, roomId, say } = await startRoom();
  const storage = memoryStorage();
  const first = openChat(mirage.url, ada, { storage, keep: 'messages' });
  const gone = await say('one');
  await say('two');
  await untilShown(first.conversation({ roomId }).messages, ['bob: one', 'bob: two']);
  watch(first.inbox);
  watch(first.rooms);
  await until(first.inbox, ({ status }) => status === 'ready');
  await first.idle();
  await first.close();
  expect(await keysOf(storage)).toEqual(['lists', `messages/room ${roomId}`]);

  const client = offlineClient(mirage.url, ada.token);
  const offline = openChat(mirage.url, ada, { storage, keep: 'messages', client });
  const { messages, info } = offline.conversation({ roomId });
  watch(info);
  await untilShown(messages, ['bob: one', 'bob: two']);
  expect(messages.getSnapshot()).toMatchObject({
    status: 'ready',
    isStale: true,
    older: 'end',
    newer: 'end',
  });
  expect(info.getSnapshot().name).toBe('room');
  expect(offline.rooms.getSnapshot()).toMatchObject({ status: 'ready', isStale: true });
  // Read anew, it is not known what there is.
  messages.toLive();
  expect(messages.getSnapshot().status).not.toBe('ready');
  await offline.close();

  await bob.client.chat.deleteMessage.mutate({ roomId, id: gone.id });
  await say('three');
  const next = openChat(mirage.url, ada, { storage, keep: 'messages' });
  const room = next.conversation({ roomId });
  await next.idle();
  expect(shown(room.messages.getSnapshot())).toEqual(['bob: one', 'bob: two']);
  await untilShown(room.messages, ['bob: two', 'bob: three']);
});

it('drops what is deleted in the moment in which it is', async () => {
  const { mirage, ada, bob, roomId, say } = await startRoom();
  const storage = memoryStorage();
  const chat = openChat(mirage.url, ada, { storage, keep: 'messages' });
  const room = chat.conversation({ roomId });
  const secret = await say('secret');
  await say('harmless');
  await untilShown(room.messages, ['bob: secret', 'bob: harmless']);
  await expect.poll(() => textOf(storage)).toContain('secret');
  await bob.client.chat.deleteMessage.mutate({ roomId, id: secret.id });
  await untilShown(room.messages, ['bob: harmless']);
  await chat.idle();
  expect(await textOf(storage)).not.toContain('secret');
  expect(await textOf(storage)).toContain('harmless');

  await ada.client.chat.leaveRoom.mutate({ roomId });
  await until(room.messages, ({ status }) => status === 'ended');
  await expect.poll(() => textOf(storage)).not.toContain('harmless');
});

it('stores none of the messages without being asked to, no previews and no URLs of files', async () => {
  const { mirage, ada, bob, roomId, say } = await startRoom();
  const { id } = await bob.client.files.upload(
    new Blob(['hello'], { type: 'text/plain' }),
    { roomId },
    { name: 'a.txt' },
  );
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'a file', attachments: [id] });
  for (const keep of ['nothing', 'unsent', 'messages'] as const) {
    const storage = memoryStorage();
    const chat = openChat(mirage.url, ada, { storage, keep });
    const { messages } = chat.conversation({ roomId });
    watch(messages);
    watch(chat.rooms);
    await until(messages, ({ items }) => items.length === 1);
    await until(chat.rooms, ({ status }) => status === 'ready');
    await chat.close();
    const stored = await textOf(storage);
    expect([keep, stored.includes('a file'), stored.includes('/files/')]).toEqual([
      keep,
      keep === 'messages',
      false,
    ]);
    if (keep !== 'messages') expect(stored).toBe('[]');
  }
  await say('bye');
});

it('forgets what was received when the session is over, and keeps what is unsent for the same user', async () => {
  const { mirage, ada, roomId, say } = await startRoom();
  const storage = memoryStorage();
  const chat = openChat(mirage.url, ada, { storage, keep: 'messages' });
  const room = chat.conversation({ roomId });
  await say('secret');
  await untilShown(room.messages, ['bob: secret']);
  room.draft.set('half a');
  await expect.poll(() => keysOf(storage)).toEqual(expect.arrayContaining([`messages/room ${roomId}`]));
  await ada.client.auth.logout.mutate();
  await until(chat.state, ({ session }) => session === 'ended');
  await expect.poll(() => keysOf(storage)).toEqual([`draft/room ${roomId}`]);
});

it('is handed from a server to a page as JSON, to the same user only', async () => {
  const { mirage, ada, bob, roomId, say } = await startRoom();
  await say('one');
  const onServer = openChat(mirage.url, ada);
  await Promise.all([onServer.conversation({ roomId }).messages.load(), onServer.rooms.load()]);
  const sent = JSON.parse(JSON.stringify(onServer.dehydrate()));
  const rendered = onServer.conversation({ roomId }).messages.getSnapshot();
  await onServer.close();

  const other = createChat({ client: offlineClient(mirage.url, bob.token), username: 'bob' });
  other.hydrate(sent);
  expect(other.conversation({ roomId }).messages.getSnapshot().items).toEqual([]);
  await other.close();

  const chat = openChat(mirage.url, ada);
  chat.hydrate(sent);
  const { messages } = chat.conversation({ roomId });
  const { items, status, older, newer } = messages.getSnapshot();
  expect({ items, status, older, newer }).toEqual({
    items: rendered.items,
    status: 'ready',
    older: rendered.older,
    newer: rendered.newer,
  });
  expect(chat.rooms.getSnapshot().items).toMatchObject([{ id: roomId, name: 'room' }]);
  const [before] = items as readonly Message[];
  await say('two');
  await untilShown(messages, ['bob: one', 'bob: two']);
  expect(messages.getSnapshot().items[0]).toBe(before);
});
