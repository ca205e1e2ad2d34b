import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ChatStorage, memoryStorage } from '../../../src/client/chat/index.ts';
import { idbStorage } from '../../../src/client/idb/index.ts';
import { startMirage } from '../../support/harness.ts';
import { openChat, until, untilShown, watch } from '../chat/support.ts';

let count = 0;
/** Of a database of its own. */
const freshName = () => {
  count += 1;
  return `test ${count}`;
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each<[string, () => ChatStorage]>([
  ['memoryStorage', memoryStorage],
  ['idbStorage', () => idbStorage({ name: freshName() })],
])('%s', (_name, create) => {
  it('lists what was written under a prefix, replaces and deletes', async () => {
    const storage = create();
    expect(await storage.list('')).toEqual(new Map());
    await storage.write(
      new Map<string, unknown>([
        ['a/1', { text: 'one', files: [1] }],
        ['a/2', 'two'],
        ['b/1', 'other'],
      ]),
    );
    expect(await storage.list('a/')).toEqual(
      new Map<string, unknown>([
        ['a/1', { text: 'one', files: [1] }],
        ['a/2', 'two'],
      ]),
    );
    await storage.write(
      new Map([
        ['a/1', 'ONE'],
        ['a/2', undefined],
        ['a/3', undefined],
      ]),
    );
    expect(await storage.list('')).toEqual(
      new Map([
        ['a/1', 'ONE'],
        ['b/1', 'other'],
      ]),
    );
  });
});

it('writes all or nothing', async () => {
  const storage = idbStorage({ name: freshName() });
  const changes = new Map<string, unknown>([
    ['a', 'one'],
    ['b', () => 'cannot be copied'],
  ]);
  await expect(storage.write(changes)).rejects.toThrow();
  expect(await storage.list('')).toEqual(new Map());
});

it('lets another window delete the database, and opens no later version of it', async () => {
  const name = freshName();
  await idbStorage({ name }).write(new Map([['a', 1]]));
  const request = indexedDB.deleteDatabase(name);
  await new Promise((resolve, reject) => {
    request.onsuccess = resolve;
    request.onblocked = reject;
  });
  await new Promise((resolve) => {
    const later = indexedDB.open(name, 7);
    later.onsuccess = () => resolve(later.result.close());
  });
  await expect(idbStorage({ name }).list('')).rejects.toThrow();
});

async function startRoom() {
  const mirage = await startMirage();
  const [ada, bob] = [await mirage.user('ada'), await mirage.user('bob')];
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'room' });
  await bob.client.chat.joinRoom.mutate({ name: 'room' });
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'hello' });
  return { mirage, ada, bob, roomId };
}

it('keeps drafts and messages over a reload, for one user', async () => {
  const { mirage, ada, bob, roomId } = await startRoom();
  const name = freshName();
  const open = (user = ada) =>
    openChat(mirage.url, user, { storage: idbStorage({ name }), keep: 'messages' });
  const first = open();
  await untilShown(first.conversation({ roomId }).messages, ['bob: hello']);
  first.conversation({ roomId }).draft.set('half a');
  await first.idle();
  await first.close();
  const again = open();
  const { draft, messages } = again.conversation({ roomId });
  watch(draft);
  await again.idle();
  expect([draft.getSnapshot(), messages.getSnapshot().items.length]).toEqual(['half a', 1]);
  await again.close();

  const other = open(bob);
  await other.idle();
  await other.close();
  expect(await idbStorage({ name }).list('')).toEqual(new Map());
});

it('deletes at logout what it holds, and ends the user’s chats in other windows', async () => {
  const { mirage, ada, roomId } = await startRoom();
  const name = freshName();
  const [first, second] = [1, 2].map(() => openChat(mirage.url, ada, { storage: idbStorage({ name }) }));
  first?.conversation({ roomId }).draft.set('half a');
  second?.conversation({ roomId }).draft.set('another');
  await first?.idle();
  await first?.close({ forget: true });
  await until(
    second?.state ?? { getSnapshot: () => ({ session: '' }), subscribe: () => () => {} },
    ({ session }) => session === 'ended',
  );
  await expect.poll(() => idbStorage({ name }).list('')).toEqual(new Map());
});

it('leaves the chat going on in memory where the database fails', async () => {
  const { mirage, ada, roomId } = await startRoom();
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('not in this mode', 'SecurityError');
  });
  const chat = openChat(mirage.url, ada, { storage: idbStorage({ name: freshName() }), keep: 'messages' });
  const room = chat.conversation({ roomId });
  await untilShown(room.messages, ['bob: hello']);
  expect(await room.send('hi').settled).toMatchObject({ ok: true });
  await untilShown(room.messages, ['bob: hello', 'ada: hi']);
});
