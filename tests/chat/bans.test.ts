import { expect, it } from 'vitest';
import { transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { outcomes, refusal } from '../support/refusal.ts';
import { insiders, type Person, persons, startPeople } from './people.ts';

const no = 'ROLE_REQUIRED';

it('lets owners and moderators remove those of a lower role', async () => {
  const expected: Partial<Record<Person, string[]>> = {
    owner: ['INVALID_INPUT', no, no],
    moderator: ['ok', 'INVALID_INPUT', no],
    member: ['ok', 'ok', 'INVALID_INPUT'],
    stranger: ['USER_NOT_FOUND', 'USER_NOT_FOUND', no],
  };
  for (const [username, outcome] of Object.entries(expected)) {
    const results = [];
    for (const person of ['owner', 'moderator', 'member'] as const) {
      const { chat, roomId } = await startPeople();
      results.push(...(await outcomes([chat(person).removeMember.mutate({ roomId, username })])));
    }
    expect(results, username).toEqual(outcome);
  }
});

it('lets nobody outside of a room remove or ban anybody', async () => {
  const { chat, roomId, rolesOf } = await startPeople();
  for (const person of ['former', 'banned', 'stranger'] as const)
    for (const ban of [false, true])
      expect(await outcomes([chat(person).removeMember.mutate({ roomId, username: 'member', ban })])).toEqual(
        ['NOT_A_MEMBER'],
      );
  expect(await rolesOf()).toHaveProperty('member');
});

it('removes a member, who can come back as such', async () => {
  const { chat, roomId, rolesOf } = await startPeople();
  await chat('owner').removeMember.mutate({ roomId, username: 'moderator' });
  expect(await rolesOf()).toEqual({ owner: 'owner', member: 'member' });
  await expect(chat('moderator').listMessages.query({ roomId })).rejects.toMatchObject(
    refusal('NOT_A_MEMBER'),
  );
  await chat('moderator').joinRoom.mutate({ name: 'den' });
  expect(await rolesOf()).toEqual({ owner: 'owner', member: 'member', moderator: 'member' });
});

it('does not ban somebody of the same or a higher role, and removes them neither', async () => {
  const { chat, roomId, rolesOf } = await startPeople();
  await chat('owner').setRole.mutate({ roomId, username: 'member', role: 'moderator' });
  for (const username of ['owner', 'member'])
    await expect(
      chat('moderator').removeMember.mutate({ roomId, username, ban: true }),
    ).rejects.toMatchObject(refusal('ROLE_REQUIRED'));
  await chat('owner').setRole.mutate({ roomId, username: 'member', role: 'owner' });
  await expect(
    chat('owner').removeMember.mutate({ roomId, username: 'member', ban: true }),
  ).rejects.toMatchObject(refusal('ROLE_REQUIRED'));
  expect((await chat('owner').listBans.query({ roomId })).bans).toHaveLength(1);
  expect(Object.keys(await rolesOf())).toEqual(['owner', 'moderator', 'member']);
});

it('lets the banned join by no way, before a password is looked at', async () => {
  const { chat, users, roomId, rest, rolesOf } = await startPeople({}, 'secret');
  const { code } = await chat('owner').createInvite.mutate({ roomId });
  const banned = chat('banned');
  expect(
    await outcomes([
      banned.joinRoom.mutate({ name: 'den' }),
      banned.joinRoom.mutate({ name: 'den', password: 'wrong' }),
      banned.joinRoom.mutate({ name: 'den', password: 'secret' }),
      banned.joinByInvite.mutate({ code }),
    ]),
  ).toEqual(['NOT_A_MEMBER', 'NOT_A_MEMBER', 'NOT_A_MEMBER', 'NOT_A_MEMBER']);
  for (const password of [undefined, 'wrong', 'secret'])
    expect(
      await rest('POST', '/api/join_room', {
        token: users.banned.token,
        name: 'den',
        ...(password && { password }),
      }),
    ).toEqual([403, { error: 'you are not in this room' }]);
  expect(await rolesOf()).not.toHaveProperty('banned');
  expect(await chat('owner').listInvites.query({ roomId })).toMatchObject([{ uses: 0 }]);
});

it('bans also those who are not in the room, but nobody who does not exist', async () => {
  const { chat, roomId } = await startPeople();
  const ban = (username: string) => chat('moderator').removeMember.mutate({ roomId, username, ban: true });
  expect(await outcomes([ban('stranger'), ban('nobody')])).toEqual(['ok', 'USER_NOT_FOUND']);
  await expect(chat('stranger').joinRoom.mutate({ name: 'den' })).rejects.toMatchObject(
    refusal('NOT_A_MEMBER'),
  );
});

it('counts a ban only until its time', async () => {
  const { chat, clock, roomId } = await startPeople();
  const until = new Date(clock() + 60_000).toISOString();
  await chat('owner').removeMember.mutate({ roomId, username: 'member', ban: true, until });
  const join = () => outcomes([chat('member').joinRoom.mutate({ name: 'den' })]);
  clock.advance(59_999);
  expect(await join()).toEqual(['NOT_A_MEMBER']);
  expect((await chat('owner').listBans.query({ roomId })).bans).toMatchObject([
    { username: 'banned', bannedBy: 'owner', until: null },
    { username: 'member', bannedBy: 'owner', until },
  ]);
  clock.advance(1);
  expect((await chat('owner').listBans.query({ roomId })).bans).toMatchObject([{ username: 'banned' }]);
  expect(await join()).toEqual(['ok']);
});

it('takes a time only for bans', async () => {
  const { chat, roomId } = await startPeople();
  const until = '2030-01-01T00:00:00Z';
  const others = ['tomorrow', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-14:00'];
  const inputs = [{ until }, { ban: false, until }, ...others.map((other) => ({ ban: true, until: other }))];
  for (const input of inputs)
    await expect(
      chat('owner').removeMember.mutate({ roomId, username: 'member', ...input }),
    ).rejects.toMatchObject(refusal('INVALID_INPUT'));
});

it('replaces a ban by a later one of the same user', async () => {
  const { chat, roomId } = await startPeople();
  const until = '2126-01-01T00:00:00.000Z';
  await chat('moderator').removeMember.mutate({ roomId, username: 'banned', ban: true, until });
  expect((await chat('owner').listBans.query({ roomId })).bans).toMatchObject([
    { username: 'banned', bannedBy: 'moderator', until },
  ]);
});

it('lists and lifts bans for owners and moderators', async () => {
  const { askAll, chat, roomId } = await startPeople();
  expect(await askAll((each) => each.listBans.query({ roomId }))).toEqual(insiders('ok', 'ok', no));
  expect(await askAll((each) => each.unban.mutate({ roomId, username: 'stranger' }))).toEqual(
    insiders('ok', 'ok', no),
  );
  await chat('moderator').unban.mutate({ roomId, username: 'banned' });
  expect(await chat('owner').listBans.query({ roomId })).toEqual({ bans: [], nextCursor: null });
  await chat('banned').joinRoom.mutate({ name: 'den' });
});

it('lists bans in pages', async () => {
  const { chat, roomId } = await startPeople();
  for (const username of persons.filter((person) => !['owner', 'banned'].includes(person)))
    await chat('owner').removeMember.mutate({ roomId, username, ban: true });
  const names: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: { bans: { username: string }[]; nextCursor: string | null } = await chat(
      'owner',
    ).listBans.query({ roomId, limit: 2, cursor });
    expect(page.bans.length).toBeLessThanOrEqual(2);
    names.push(...page.bans.map(({ username }) => username));
    cursor = page.nextCursor;
  }
  expect(names).toEqual(['banned', 'former', 'member', 'moderator', 'stranger']);
});

it('bounds the bans of a room, of which those that are over make room', async () => {
  const { chat, clock, deps, roomId } = await startPeople();
  const until = new Date(clock() + 1000);
  await deps.db.roomBan.createMany({
    data: Array.from({ length: 9999 }, (_, n) => ({
      roomId,
      username: `user ${n}`,
      until: n === 0 ? until : null,
    })),
  });
  const ban = () => outcomes([chat('owner').removeMember.mutate({ roomId, username: 'member', ban: true })]);
  expect(await ban()).toEqual(['BAN_LIMIT']);
  clock.advance(1000);
  expect(await ban()).toEqual(['ok']);
});

it.each(transports)(
  'ends the subscriptions (%s) of who is removed, and of nobody else',
  async (transport) => {
    const { chat, users, url, roomId } = await startPeople();
    const follow = (person: Person) =>
      liveClient({ url, token: users[person].token, transport }).room(roomId);
    const [member, moderator] = [follow('member'), follow('moderator')];
    await Promise.all([member.started(), moderator.started()]);
    await chat('owner').removeMember.mutate({ roomId, username: 'member', ban: true });
    await member.ended();
    expect(member.ends).toEqual(['NOT_A_MEMBER']);
    await chat('owner').sendMessage.mutate({ roomId, text: 'among us' });
    await moderator.word('among us');
    expect(member.words).toEqual([]);
    expect(moderator.ends).toEqual([]);
  },
);
