import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { seedInbox, seedMembers, seedPublicRooms, seedSessions } from '../support/seed.ts';

const megabyte = 1_000_000;
/** Six bytes each as JSON. */
const controlCharacters = (length: number) => '\u0001'.repeat(length);

/** A call over HTTP by the direct path, with the size of its answer. */
async function get(url: string, path: string, token: string, input?: object) {
  const query = input ? `?input=${encodeURIComponent(JSON.stringify(input))}` : '';
  const response = await fetch(`${url}/trpc/${path}${query}`, { headers: { authorization: token } });
  const text = await response.text();
  return { status: response.status, bytes: Buffer.byteLength(text), body: JSON.parse(text) };
}

it('ends inbox pages at 1 MB, and returns every message once over all pages', async () => {
  const mirage = await startMirage();
  const { token } = await mirage.user('ada');
  seedInbox(mirage, { sender: 'ada', recipient: 'ada', count: 300, text: controlCharacters(10_000) });

  const ids: number[] = [];
  let cursor: number | null = null;
  let pages = 0;
  do {
    const page = await get(mirage.url, 'inbox.listMessages', token, { limit: 500, cursor });
    expect(page.bytes).toBeLessThanOrEqual(megabyte);
    const { messages, nextCursor } = page.body.result.data;
    ids.push(...messages.map(({ id }: { id: number }) => id));
    cursor = nextCursor;
    pages += 1;
  } while (cursor !== null);

  expect(pages).toBeGreaterThan(15);
  expect(pages).toBeLessThan(25);
  expect(ids).toEqual(Array.from({ length: 300 }, (_, index) => 300 - index));
});

it('fills pages of small messages, also with the longest avatar', async () => {
  const mirage = await startMirage();
  const { token, client } = await mirage.user('ada');
  await client.users.updateProfile.mutate({ avatarUrl: `https://img.example/${'a'.repeat(2028)}` });
  seedInbox(mirage, { sender: 'ada', recipient: 'ada', count: 501, text: 'a' });

  const page = await get(mirage.url, 'inbox.listMessages', token, { limit: 400 });

  expect(page.body.result.data.messages).toHaveLength(400);
  expect(page.bytes).toBeLessThanOrEqual(megabyte);
});

it('returns a page of one message if an imported one exceeds 1 MB', async () => {
  const mirage = await startMirage();
  const { client } = await mirage.user('ada');
  seedInbox(mirage, { sender: 'ada', recipient: 'ada', count: 2, text: controlCharacters(200_000) });

  const page = await client.inbox.listMessages.query();

  expect(page.messages).toHaveLength(1);
  expect((await client.inbox.listMessages.query({ cursor: page.nextCursor })).messages).toHaveLength(1);
});

it('ends the results of a batch at 1 MB', async () => {
  const mirage = await startMirage();
  const { token } = await mirage.user('ada');
  seedInbox(mirage, { sender: 'ada', recipient: 'ada', count: 20, text: controlCharacters(16_000) });
  const batch = async (method: string, calls: [path: string, input: object][]) => {
    const inputs = JSON.stringify(Object.fromEntries(calls.map(([, input], index) => [index, input])));
    const path = calls.map(([name]) => name).join();
    const query = method === 'GET' ? `&input=${encodeURIComponent(inputs)}` : '';
    const response = await fetch(`${mirage.url}/trpc/${path}?batch=1${query}`, {
      method,
      headers: { authorization: token, 'content-type': 'application/json' },
      ...(method === 'POST' && { body: inputs }),
    });
    const text = await response.text();
    return { bytes: Buffer.byteLength(text), results: JSON.parse(text) as { error?: object }[] };
  };

  const { bytes, results } = await batch(
    'GET',
    Array.from({ length: 8 }, () => ['inbox.listMessages', { limit: 500 }]),
  );

  expect(bytes).toBeLessThan(1.1 * megabyte);
  expect(results.filter(({ error }) => error === undefined)).toHaveLength(1);
  for (const { error } of results)
    if (error) expect(error).toMatchObject({ data: { reason: 'ANSWER_TOO_LARGE' } });

  const text = controlCharacters(1000);
  const sent = await batch(
    'POST',
    Array.from({ length: 3 }, () => ['inbox.sendMessage', { recipient: 'ada', text }]),
  );
  expect(sent.results.filter(({ error }) => error !== undefined)).toEqual([]);
});

it('refuses lists without pages over 1 MB, and returns smaller ones in full', async () => {
  const mirage = await startMirage();
  const { token, client } = await mirage.user('ada');
  const { id: roomId } = await client.chat.createRoom.mutate({ name: 'room' });
  seedMembers(mirage, roomId, 40_000);
  const members = await get(mirage.url, 'chat.listMembers', token, { roomId });
  expect(members.body.result.data).toHaveLength(1000);
  expect((await get(mirage.url, 'chat.listPublicRooms', token)).body.result.data).toHaveLength(1);
  seedPublicRooms(mirage, 40_000);
  seedSessions(mirage, 'ada', 40_000);
  for (const path of ['chat.listPublicRooms', 'auth.listSessions'])
    expect((await get(mirage.url, path, token)).body).toMatchObject({
      error: { data: { reason: 'ANSWER_TOO_LARGE' } },
    });
});

it('returns the newest messages of a room that fit into 1 MB', async () => {
  const mirage = await startMirage();
  const { token, client } = await mirage.user('ada');
  const { id: roomId } = await client.chat.createRoom.mutate({ name: 'room' });
  for (let index = 0; index < 30; index += 1)
    await client.chat.sendMessage.mutate({ roomId, text: `${index} ${controlCharacters(16_000)} end` });

  const { bytes, body } = await get(mirage.url, 'chat.listMessages', token, { roomId });

  const numbers = body.result.data.map(({ text }: { text: string }) => Number.parseInt(text, 10));
  expect(bytes).toBeLessThanOrEqual(megabyte);
  expect(numbers).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  const [, legacy] = await mirage.rest('GET', `/api/get_room_messages?room_id=${roomId}`, { token });
  expect(legacy).toMatchObject({ messages: { length: 30 } });
});

it('returns complete lists in the legacy API, whatever their length', async () => {
  const mirage = await startMirage();
  const { token, client } = await mirage.user('ada');
  const { id: roomId } = await client.chat.createRoom.mutate({ name: 'room' });
  seedInbox(mirage, { sender: 'ada', recipient: 'bob', count: 5500, text: 'a' });
  seedMembers(mirage, roomId, 40_000);
  seedPublicRooms(mirage, 5000);

  const [, inbox] = await mirage.rest('GET', '/api/inbox', { token });
  const [, members] = await mirage.rest('GET', `/api/room_members/${roomId}`, { token });
  const [, rooms] = await mirage.rest('GET', '/api/rooms', { token });

  const { messages } = inbox as { messages: { id: number }[] };
  expect(messages.map(({ id }) => id)).toEqual(Array.from({ length: 5500 }, (_, index) => 5500 - index));
  expect(new Set((members as { members: string[] }).members)).toHaveLength(40_001);
  expect(rooms).toMatchObject({ rooms: { length: 5001 } });
});

it('keeps an invalid avatar URL of an imported account, and shows none', async () => {
  const mirage = await startMirage();
  const { token, client } = await mirage.user('ada');
  const stored = [
    'data:image/png;base64,AAAA',
    `https://img.example/${'a'.repeat(16_000)}`,
    'javascript:alert(1)',
  ];
  seedInbox(mirage, { sender: 'ada', recipient: 'ada', count: 1, text: 'a' });
  for (const avatarUrl of stored) {
    await mirage.deps.db.user.update({ where: { username: 'ada' }, data: { avatarUrl } });

    expect(await client.auth.me.query()).toMatchObject({ avatarUrl: null });
    expect((await client.inbox.listMessages.query()).messages).toMatchObject([{ avatarUrl: null }]);
    expect((await mirage.rest('GET', '/api/user/ada'))[1]).toMatchObject({ avatar_url: '' });
    const [, legacy] = await mirage.rest('GET', '/api/inbox', { token });
    expect(JSON.stringify(legacy)).not.toContain(avatarUrl);
    expect(await mirage.deps.db.user.findUnique({ where: { username: 'ada' } })).toMatchObject({ avatarUrl });
  }
});

it('accepts any text as an avatar under /api, and shows only http(s) URLs', async () => {
  const mirage = await startMirage();
  const { token, client } = await mirage.user('ada');
  const settings = (avatar_url: string) => mirage.rest('POST', '/api/user/settings', { token, avatar_url });
  for (const [given, shown] of [
    ['https://img.example/a.png', 'https://img.example/a.png'],
    ['a'.repeat(16_384), null],
    ['https://img.example/b.png', 'https://img.example/b.png'],
    ['cat.png', null],
  ] as const) {
    expect((await settings(given))[0]).toBe(200);
    expect(await client.auth.me.query()).toMatchObject({ avatarUrl: shown });
  }
  expect((await settings('a'.repeat(16_385)))[0]).toBe(400);
});
