import { expect, it } from 'vitest';
import { outcomes, refusal, tally } from '../support/refusal.ts';
import { insiders, startPeople } from './people.ts';

const no = 'ROLE_REQUIRED';

async function startInviting(password?: string) {
  const mirage = await startPeople({}, password);
  const { chat, roomId } = mirage;
  const invite = (limits: { maxUses?: number; expiresInSeconds?: number } = {}) =>
    chat('owner').createInvite.mutate({ roomId, ...limits });
  const list = () => chat('owner').listInvites.query({ roomId });
  return { ...mirage, invite, list };
}

it('creates, lists and revokes invitations for owners and moderators', async () => {
  const { askAll, invite, roomId, list } = await startInviting();
  const { id } = await invite();
  expect(await askAll((chat) => chat.createInvite.mutate({ roomId }))).toEqual(insiders('ok', 'ok', no));
  expect(await askAll((chat) => chat.listInvites.query({ roomId }))).toEqual(insiders('ok', 'ok', no));
  expect((await list()).map(({ createdBy }) => createdBy)).toEqual(['owner', 'owner', 'moderator']);
  expect(await askAll((chat) => chat.revokeInvite.mutate({ roomId, id }))).toEqual(
    insiders('ok', 'INVITE_NOT_FOUND', no),
  );
  const { id: other } = await invite();
  const outsiders = ['INVITE_NOT_FOUND', 'INVITE_NOT_FOUND', 'INVITE_NOT_FOUND'];
  expect(await askAll((chat) => chat.revokeInvite.mutate({ id: other }))).toEqual([
    'ok',
    'INVITE_NOT_FOUND',
    'INVITE_NOT_FOUND',
    ...outsiders,
  ]);
});

it('revokes no invitation of another room', async () => {
  const { chat, invite, list } = await startInviting();
  const { id } = await invite();
  const { id: own } = await chat('stranger').createRoom.mutate({ name: 'own' });
  await expect(chat('stranger').revokeInvite.mutate({ roomId: own, id })).rejects.toMatchObject(
    refusal('INVITE_NOT_FOUND'),
  );
  expect(await list()).toHaveLength(1);
});

it('shows a code of 128 bits once, and stores its hash alone', async () => {
  const { clock, deps, invite, list } = await startInviting();
  const { code, ...shown } = await invite({ maxUses: 3, expiresInSeconds: 60 });
  expect(code).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(await list()).toEqual([shown]);
  expect(shown).toEqual({
    id: shown.id,
    createdBy: 'owner',
    createdAt: new Date(clock()).toISOString(),
    expiresAt: new Date(clock() + 60_000).toISOString(),
    maxUses: 3,
    uses: 0,
  });
  const [row] = await deps.db.roomInvite.findMany();
  expect(JSON.stringify(row)).not.toContain(code);
  expect((await invite()).code).not.toBe(code);
});

it('keeps no code for a repeated call', async () => {
  const { url, users, roomId, list } = await startInviting();
  const create = async () => {
    const response = await fetch(`${url}/trpc/chat.createInvite`, {
      method: 'POST',
      headers: {
        authorization: users.owner.token,
        'content-type': 'application/json',
        'idempotency-key': 'once',
      },
      body: JSON.stringify({ roomId }),
    });
    return response.json();
  };
  const first = await create();
  const { id, code } = first.result.data;
  const second = await create();
  expect(second.error.data).toMatchObject({ reason: 'ALREADY_DONE', id });
  expect(JSON.stringify(second)).not.toContain(code);
  expect(await list()).toHaveLength(1);
});

it('shows name and size of the room to everybody, without joining', async () => {
  const { askAll, client, invite, rolesOf } = await startInviting('secret');
  const { code } = await invite();
  expect(await client().chat.getInvite.query({ code })).toEqual({ name: 'den', memberCount: 3 });
  expect(new Set(await askAll((chat) => chat.getInvite.query({ code })))).toEqual(new Set(['ok']));
  expect(Object.keys(await rolesOf())).toEqual(['owner', 'moderator', 'member']);
});

it('lets users join without the password, and members call it again for nothing', async () => {
  const { askAll, chat, invite, list, rolesOf, roomId } = await startInviting('secret');
  const { code } = await invite();
  expect(await chat('stranger').joinByInvite.mutate({ code })).toEqual({
    id: roomId,
    name: 'den',
    isPrivate: true,
  });
  expect(await askAll((each) => each.joinByInvite.mutate({ code }))).toEqual([
    'ok',
    'ok',
    'ok',
    'ok',
    'NOT_A_MEMBER',
    'ok',
  ]);
  expect(await rolesOf()).toEqual({
    owner: 'owner',
    moderator: 'moderator',
    member: 'member',
    stranger: 'member',
    former: 'member',
  });
  expect(await list()).toMatchObject([{ uses: 2 }]);
});

it('answers alike for codes that are unknown, expired, used up or revoked', async () => {
  const { chat, client, clock, invite, list } = await startInviting();
  const [expired, used, revoked] = [
    await invite({ expiresInSeconds: 10 }),
    await invite({ maxUses: 1 }),
    await invite(),
  ];
  await chat('former').joinByInvite.mutate({ code: used.code });
  await chat('owner').revokeInvite.mutate({ id: revoked.id });
  clock.advance(9999);
  await client().chat.getInvite.query({ code: expired.code });
  clock.advance(1);
  const codes = ['A'.repeat(22), expired.code, used.code, revoked.code];
  const refused = (call: Promise<unknown>) =>
    call.then(
      () => 'ok',
      ({ message, data }) => `${message}, ${data.reason}, ${data.httpStatus}`,
    );
  const answers = await Promise.all(
    codes.flatMap((code) => [
      refused(client().chat.getInvite.query({ code })),
      refused(chat('stranger').joinByInvite.mutate({ code })),
    ]),
  );
  expect(new Set(answers)).toEqual(
    new Set(['the invitation is unknown, expired or used up, INVITE_NOT_FOUND, 404']),
  );
  expect(await list()).toEqual([]);
  await chat('former').joinByInvite.mutate({ code: used.code });
});

it('lets in no more than it was made for, of many who come at once', async () => {
  const { invite, user, list, rolesOf } = await startInviting();
  const { code, id } = await invite({ maxUses: 3 });
  const guests = [];
  for (let guest = 0; guest < 8; guest += 1) guests.push(await user(`guest ${guest}`));
  const joined = guests.map(({ client }) => client.chat.joinByInvite.mutate({ code }));
  expect(await tally(joined)).toEqual({ ok: 3, INVITE_NOT_FOUND: 5 });
  expect(Object.keys(await rolesOf())).toHaveLength(6);
  expect((await list()).map((one) => one.id)).not.toContain(id);
});

it('applies the quota of memberships', async () => {
  const maxPerUser = { rooms: 2, memberships: 1, sessions: 10, tickets: 10, tokens: 10 };
  const { chat, roomId } = await startPeople({ maxPerUser });
  const { code } = await chat('owner').createInvite.mutate({ roomId });
  await chat('stranger').createRoom.mutate({ name: 'own' });
  await expect(chat('stranger').joinByInvite.mutate({ code })).rejects.toMatchObject(
    refusal('MEMBERSHIP_LIMIT'),
  );
});

it('bounds the invitations of a room, of which those that are over make room', async () => {
  const { clock, deps, invite, list } = await startInviting();
  await invite({ expiresInSeconds: 1 });
  for (let made = 1; made < 100; made += 1) await invite();
  await expect(invite()).rejects.toMatchObject(refusal('INVITE_LIMIT'));
  clock.advance(1000);
  await invite();
  expect(await list()).toHaveLength(100);
  expect(await deps.db.roomInvite.count()).toBe(100);
});

it('goes along with its room', async () => {
  const { chat, client, deps, invite, roomId } = await startInviting();
  const { code } = await invite();
  await chat('owner').deleteRoom.mutate({ roomId });
  await expect(client().chat.getInvite.query({ code })).rejects.toMatchObject(refusal('INVITE_NOT_FOUND'));
  await expect(chat('stranger').joinByInvite.mutate({ code })).rejects.toMatchObject(
    refusal('INVITE_NOT_FOUND'),
  );
  expect([await deps.db.roomInvite.count(), await deps.db.roomBan.count()]).toEqual([0, 0]);
});

it('limits by address how many are looked up', async () => {
  const { chat, client, roomId } = await startPeople({ rateLimit: true });
  const { code } = await chat('owner').createInvite.mutate({ roomId });
  const look = (what: string) => client().chat.getInvite.query({ code: what });
  const calls = Array.from({ length: 600 }, (_, n) => look(n % 2 ? code : 'unknown'));
  expect(await tally(calls)).toEqual({ ok: 300, INVITE_NOT_FOUND: 300 });
  expect(await outcomes([look(code), look('unknown')])).toEqual(['TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS']);
  await chat('stranger').joinByInvite.mutate({ code });
});

it.each([{ maxUses: 0 }, { maxUses: 1.5 }, { expiresInSeconds: 0 }, { expiresInSeconds: 31_536_001 }])(
  'refuses %j',
  async (limits) => {
    const { invite } = await startInviting();
    await expect(invite(limits)).rejects.toMatchObject(refusal('INVALID_INPUT'));
  },
);
