import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { refusal } from '../support/refusal.ts';
import { startSharing } from '../support/sharing.ts';

type Sharing = Awaited<ReturnType<typeof startSharing>>;

/** How many files there are, in the database and in the storage. */
async function stored({ mirage, filesFolder }: Sharing) {
  const entries = await readdir(filesFolder, { recursive: true, withFileTypes: true });
  const objects = entries.filter((entry) => entry.isFile() && entry.name !== 'installation');
  return [await mirage.deps.db.file.count(), objects.length];
}

/** What happens every ten seconds, when nobody is attaching a file. */
async function sweep({ mirage }: Sharing) {
  mirage.clock.advance(21_000);
  await mirage.deps.files?.sweep();
}

async function share(sharing: Sharing, roomId: number, text = '') {
  const { ada, upload, form } = sharing;
  const { body } = await upload(ada.token, `roomId=${roomId}`, form(`of ${text}`, 'x.txt', 'text/plain'));
  const attachments = [String(body.id)];
  const message = await ada.client.chat.sendMessage.mutate({ roomId, text, attachments });
  return {
    attachments,
    id: message.id,
    url: new URL(message.attachments?.[0]?.url ?? '', sharing.mirage.url),
  };
}

const statusOf = async (url: URL) => (await fetch(url)).status;

describe.each(['ephemeral', 'kept'] as const)('a file in a room (%s)', (history) => {
  async function setup(settings: Parameters<typeof startSharing>[0] = {}) {
    const sharing = await startSharing(settings);
    const room = await sharing.ada.client.chat.createRoom.mutate({ name: 'hall', history });
    return { ...sharing, roomId: room.id };
  }

  it('goes with its last message, and is not found at once', async () => {
    const sharing = await setup();
    const { ada, roomId } = sharing;
    const { attachments, id, url } = await share(sharing, roomId, 'one');
    const second = await ada.client.chat.sendMessage.mutate({ roomId, text: 'two', attachments });
    await ada.client.chat.deleteMessage.mutate({ roomId, id });
    await sweep(sharing);
    expect([await statusOf(url), await stored(sharing)]).toEqual([200, [1, 1]]);
    await ada.client.chat.deleteMessage.mutate({ roomId, id: second.id });
    expect(await statusOf(url)).toBe(404);
    await sweep(sharing);
    expect(await stored(sharing)).toEqual([0, 0]);
  });

  it('does not change how a message is refused that is sent again after it was deleted', async () => {
    const sharing = await setup();
    const { ada, bob, roomId, upload, form } = sharing;
    await bob.client.chat.joinRoom.mutate({ name: 'hall' });
    const { body } = await upload(ada.token, `roomId=${roomId}`, form('x', 'x.txt', 'text/plain'));
    const attachments = [String(body.id)];
    const draft = { roomId, text: 'one', attachments, clientId: 'first' };
    const { id } = await ada.client.chat.sendMessage.mutate(draft);
    await ada.client.chat.editMessage.mutate({ roomId, id, text: 'better' });
    expect(await ada.client.chat.sendMessage.mutate(draft)).toMatchObject({ id, text: 'better' });
    await ada.client.chat.deleteMessage.mutate({ roomId, id });
    await sweep(sharing);
    expect(await stored(sharing)).toEqual([0, 0]);
    await expect(ada.client.chat.sendMessage.mutate(draft)).rejects.toMatchObject(
      refusal('MESSAGE_NOT_FOUND'),
    );
    for (const [{ client }, clientId] of [
      [ada, 'second'],
      [bob, 'first'],
    ] as const)
      await expect(client.chat.sendMessage.mutate({ ...draft, clientId })).rejects.toMatchObject(
        refusal('FILE_NOT_FOUND'),
      );
  });

  it('stays when the text of its message is edited', async () => {
    const sharing = await setup();
    const { ada, roomId } = sharing;
    const { id, url } = await share(sharing, roomId, 'one');
    const edited = await ada.client.chat.editMessage.mutate({ roomId, id, text: 'better' });
    expect(edited.attachments?.map(({ name }) => name)).toEqual(['x.txt']);
    await sweep(sharing);
    expect(await statusOf(url)).toBe(200);
  });

  it('goes with its room', async () => {
    const sharing = await setup();
    const { ada, roomId } = sharing;
    const { url } = await share(sharing, roomId);
    await ada.client.chat.deleteRoom.mutate({ roomId });
    await sharing.mirage.deps.keptMessages.sweep();
    await sweep(sharing);
    expect([await statusOf(url), await stored(sharing)]).toEqual([404, [0, 0]]);
  });

  it('goes when its message expires', async () => {
    const sharing = await setup({
      roomMessages: { capacity: 100, ttlMs: 60_000 },
      keptRooms: { allowed: true, ttlMs: 60_000 },
    });
    await share(sharing, sharing.roomId);
    sharing.mirage.clock.advance(60_000);
    await sweep(sharing);
    expect(await stored(sharing)).toEqual([0, 0]);
  });
});

it('goes when the ring has no more room for its message', async () => {
  const sharing = await startSharing({ roomMessages: { capacity: 2, ttlMs: 3_600_000 } });
  const { ada, roomId } = sharing;
  await share(sharing, roomId);
  const { url } = await share(sharing, roomId, 'another');
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'third' });
  await sweep(sharing);
  expect([await statusOf(url), await stored(sharing)]).toEqual([200, [1, 1]]);
});

it('goes with a private message once both sides have deleted it', async () => {
  const sharing = await startSharing();
  const { ada, bob, upload, form } = sharing;
  const { body } = await upload(ada.token, 'recipient=bob', form('x', 'x.txt', 'text/plain'));
  const attachments = [String(body.id)];
  const sent = await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: '', attachments });
  await ada.client.inbox.deleteMessage.mutate({ id: sent.id, scope: 'me' });
  await sweep(sharing);
  expect(await stored(sharing)).toEqual([1, 1]);
  await bob.client.inbox.deleteMessage.mutate({ id: sent.id });
  await sweep(sharing);
  expect(await stored(sharing)).toEqual([0, 0]);
});

it.each([
  ['deleted', 'cleared'],
  ['cleared', 'deleted'],
] as const)('goes with a private message that one side has %s, and then the other %s', async (...steps) => {
  const sharing = await startSharing();
  const { ada, bob, mirage, upload, form } = sharing;
  const { body } = await upload(ada.token, 'recipient=bob', form('x', 'x.txt', 'text/plain'));
  const attachments = [String(body.id)];
  const { id } = await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: '', attachments });
  const done = {
    deleted: () => ada.client.inbox.deleteMessage.mutate({ id, scope: 'me' }),
    cleared: () => bob.client.inbox.clearConversation.mutate({ with: 'ada' }),
  };
  await done[steps[0]]();
  await sweep(sharing);
  expect(await stored(sharing)).toEqual([1, 1]);
  await done[steps[1]]();
  await sweep(sharing);
  expect(await stored(sharing)).toEqual([0, 0]);
  expect(await mirage.deps.db.inboxMessage.count()).toBe(0);
});

it('does not change how a private message is answered that is sent again after it was deleted', async () => {
  const sharing = await startSharing();
  const { ada, upload, form } = sharing;
  const { body } = await upload(ada.token, 'recipient=bob', form('x', 'x.txt', 'text/plain'));
  const draft = { recipient: 'bob', text: 'one', attachments: [String(body.id)], clientId: 'first' };
  const { id } = await ada.client.inbox.sendMessage.mutate(draft);
  await ada.client.inbox.editMessage.mutate({ id, text: 'better' });
  expect(await ada.client.inbox.sendMessage.mutate(draft)).toMatchObject({ id, text: 'better' });
  await ada.client.inbox.deleteMessage.mutate({ id, scope: 'everyone' });
  await sweep(sharing);
  expect(await stored(sharing)).toEqual([0, 0]);
  expect(await ada.client.inbox.sendMessage.mutate(draft)).toMatchObject({ id, deleted: true });
  for (const other of [{ clientId: 'second' }, { text: 'another' }])
    await expect(ada.client.inbox.sendMessage.mutate({ ...draft, ...other })).rejects.toMatchObject(
      refusal('FILE_NOT_FOUND'),
    );
});

it('goes after an hour if nobody has attached it, and not before', async () => {
  const sharing = await startSharing();
  const { ada, mirage, roomId, upload, form } = sharing;
  await upload(ada.token, `roomId=${roomId}`, form('x', 'x.txt', 'text/plain'));
  mirage.clock.advance(3_500_000);
  await sweep(sharing);
  expect(await stored(sharing)).toEqual([1, 1]);
  mirage.clock.advance(100_000);
  await sweep(sharing);
  expect(await stored(sharing)).toEqual([0, 0]);
});

it('keeps the bytes while another upload of them has a message', async () => {
  const sharing = await startSharing();
  const { ada, mirage, roomId, upload, form } = sharing;
  await upload(ada.token, `roomId=${roomId}`, form('of ', 'y.txt', 'text/plain'));
  const { url } = await share(sharing, roomId);
  mirage.clock.advance(3_600_001);
  await sweep(sharing);
  expect(await stored(sharing)).toEqual([1, 1]);
  const [message] = await ada.client.chat.listMessages.query({ roomId });
  expect(message?.attachments?.[0]?.url).not.toBe(url.pathname + url.search);
  expect(await statusOf(new URL(message?.attachments?.[0]?.url ?? '', mirage.url))).toBe(200);
});
