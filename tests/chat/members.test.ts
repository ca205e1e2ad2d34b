import { expect, it } from 'vitest';
import { refusal } from '../support/refusal.ts';
import { insiders, startPeople } from './people.ts';

/** Members without accounts, named `member 1` and so on. */
const addMembers = ({ deps, roomId }: Awaited<ReturnType<typeof startPeople>>, count: number) =>
  deps.db.roomMember.createMany({
    data: Array.from({ length: count }, (_, n) => ({ roomId, username: `member ${n + 1}` })),
  });

it('lists members in order of joining, with role and avatar', async () => {
  const { chat, clock, roomId } = await startPeople();
  const joinedAt = new Date(clock()).toISOString();
  await chat('stranger').joinRoom.mutate({ name: 'den' });
  expect(await chat('member').members.query({ roomId })).toEqual({
    members: [
      { username: 'owner', joinedAt, role: 'owner', avatarUrl: null },
      { username: 'moderator', joinedAt, role: 'moderator', avatarUrl: null },
      { username: 'member', joinedAt, role: 'member', avatarUrl: null },
      { username: 'stranger', joinedAt, role: 'member', avatarUrl: null },
    ],
    nextCursor: null,
    total: 4,
  });
});

it('shows the avatars of those who have one', async () => {
  const { users, chat, roomId } = await startPeople();
  const avatarUrl = 'https://example.com/a.png';
  await users.member.client.users.updateProfile.mutate({ avatarUrl });
  const { members } = await chat('owner').members.query({ roomId });
  expect(members.map((member) => member.avatarUrl)).toEqual([null, null, avatarUrl]);
});

it.each([
  ['public', undefined, ['ok', 'ok', 'ok', 'ok', 'ok', 'ok']],
  ['private', 'secret', insiders('ok', 'ok', 'ok')],
])('shows those of a %s room to the same users as chat.listMembers', async (_, password, expected) => {
  const { askAll, chat, roomId } = await startPeople({}, password);
  expect(await askAll((each) => each.members.query({ roomId }))).toEqual(expected);
  expect(await askAll((each) => each.listMembers.query({ roomId }))).toEqual(expected);
  await expect(chat('owner').members.query({ roomId: roomId + 1 })).rejects.toMatchObject(
    refusal('ROOM_NOT_FOUND'),
  );
});

it('gives each member once, page by page, while others come and go', async () => {
  const { chat, deps, roomId } = await startPeople();
  const names = Array.from({ length: 250 }, (_, n) => `seeded ${String(n).padStart(3, '0')}`);
  await deps.db.roomMember.createMany({ data: names.map((username) => ({ roomId, username })) });
  const { members } = await chat('owner').members.query({ roomId });
  expect(members).toHaveLength(100);

  const seen: string[] = [];
  const sizes: number[] = [];
  for (let cursor: number | null | undefined; cursor !== null; ) {
    const page = await nextPage(cursor);
    sizes.push(page.members.length);
    seen.push(...page.members.map(({ username }) => username));
    cursor = page.nextCursor;
    if (sizes.length === 1) await chat('moderator').leaveRoom.mutate({ roomId });
    if (sizes.length === 2) await chat('stranger').joinRoom.mutate({ name: 'den' });
  }
  expect(seen).toEqual(['owner', 'moderator', 'member', ...names, 'stranger']);
  expect(sizes).toEqual([101, 101, 52]);

  function nextPage(cursor: number | undefined) {
    return chat('owner').members.query({ roomId, limit: 101, cursor });
  }
});

it('ends with the last page even if it is full', async () => {
  const { chat, roomId } = await startPeople();
  expect(await chat('owner').members.query({ roomId, limit: 3 })).toMatchObject({ nextCursor: null });
  expect((await chat('owner').members.query({ roomId, limit: 2 })).nextCursor).not.toBeNull();
});

it('finds members by the beginning of their names, in any letter case', async () => {
  const { chat, deps, roomId } = await startPeople();
  const names = ['Straße', 'STRASSE 2', 'Ada', 'adam', 'Bob', 'ＡＤＡ wide'];
  await deps.db.roomMember.createMany({ data: names.map((username) => ({ roomId, username })) });
  const find = async (prefix: string) => {
    const { members, nextCursor, total } = await chat('stranger').members.query({ roomId, prefix });
    expect([nextCursor, total]).toEqual([null, 9]);
    return members.map(({ username }) => username);
  };
  expect(await find('AD')).toEqual(['Ada', 'adam', 'ＡＤＡ wide']);
  expect(await find('strasse')).toEqual(['Straße', 'STRASSE 2']);
  expect(await find('m')).toEqual(['moderator', 'member']);
  expect(await find('da')).toEqual([]);
  expect(await find('%')).toEqual([]);
});

it('looks at a bounded number of members for a name, and goes on from there', async () => {
  const mirage = await startPeople();
  const { chat, roomId } = mirage;
  await addMembers(mirage, 25_000);
  await chat('stranger').joinRoom.mutate({ name: 'den' });
  const pages = [];
  for (let cursor: number | null | undefined; cursor !== null; ) {
    const page = await nextPage(cursor);
    pages.push(page.members.map(({ username }) => username));
    expect(page.total).toBe(25_004);
    cursor = page.nextCursor;
  }
  expect(pages).toEqual([[], [], ['stranger']]);

  function nextPage(cursor: number | undefined) {
    return chat('owner').members.query({ roomId, prefix: 'stranger', cursor });
  }
});

it('fits a page of long avatars into 1 MB', async () => {
  const { chat, deps, roomId } = await startPeople();
  const avatarUrl = `https://example.com/${'x'.repeat(2028)}`;
  const names = Array.from({ length: 500 }, (_, n) => `seeded ${n}`);
  await deps.db.user.createMany({
    data: names.map((username) => ({ username, email: username, password: '', avatarUrl })),
  });
  await deps.db.roomMember.createMany({ data: names.map((username) => ({ roomId, username })) });
  const first = await chat('owner').members.query({ roomId, limit: 500 });
  expect(JSON.stringify(first).length).toBeLessThan(1_000_000);
  expect(first.members.length).toBeGreaterThan(400);
  const second = await chat('owner').members.query({ roomId, limit: 500, cursor: first.nextCursor });
  expect([first.members.length + second.members.length, second.nextCursor]).toEqual([503, null]);
});

it('lists with chat.listMembers the 1,000 who joined first', async () => {
  const mirage = await startPeople();
  await addMembers(mirage, 1200);
  const members = await mirage.chat('owner').listMembers.query({ roomId: mirage.roomId });
  expect(members).toHaveLength(1000);
  expect(members.map(({ username }) => username).slice(0, 4)).toEqual([
    'owner',
    'moderator',
    'member',
    'member 1',
  ]);
  expect(members.at(-1)).toMatchObject({ username: 'member 997' });
});

it.each([{ limit: 0 }, { limit: 501 }, { cursor: 0 }, { cursor: -1 }, { prefix: '' }])(
  'refuses %j',
  async (page) => {
    const { chat, roomId } = await startPeople();
    await expect(chat('owner').members.query({ roomId, ...page })).rejects.toMatchObject(
      refusal('INVALID_INPUT'),
    );
  },
);
