import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { migrationsFolder } from '../../src/server/infra/db/migrate.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { runJson } from '../support/command.ts';
import { temporaryFolder } from '../support/harness.ts';
import { liveClient } from '../support/live-client.ts';
import { outcomes, tally } from '../support/refusal.ts';
import { startCluster } from './support/cluster.ts';
import { freshSchema } from './support/services.ts';

async function setup() {
  const cluster = await startCluster([{ maxPublicRooms: 100 }, { maxPublicRooms: 100 }]);
  const [alice, bob, carol] = [
    await cluster.user('alice'),
    await cluster.user('bob'),
    await cluster.user('carol'),
  ];
  const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'general' });
  await bob.at(1).chat.joinRoom.mutate({ name: 'general' });
  const send = (node: number) => bob.at(node).chat.sendMessage.mutate({ roomId, text: 'hello' });
  const rolesOf = async (id: number) => {
    const rows = await cluster.servers[0]?.deps.db.roomMember.findMany({
      where: { roomId: id },
      orderBy: { id: 'asc' },
    });
    return rows?.map(({ username, role }) => [username, role]);
  };
  return { ...cluster, alice, bob, carol, roomId, send, rolesOf };
}

it('bans at every server from the answer on, and ends subscriptions there', async () => {
  const { alice, bob, roomId, send, urlOf } = await setup();
  await send(0);
  await send(1);
  const room = liveClient({ url: urlOf(1), token: bob.token }).room(roomId);
  await room.started();
  await alice.at(0).chat.removeMember.mutate({ roomId, username: 'bob', ban: true });
  await room.ended();
  expect(room.ends).toEqual(['NOT_A_MEMBER']);
  const join = (node: number) => bob.at(node).chat.joinRoom.mutate({ name: 'general' });
  expect(await outcomes([send(0), send(1), join(0), join(1)])).toEqual(Array(4).fill('NOT_A_MEMBER'));
  await alice.at(1).chat.unban.mutate({ roomId, username: 'bob' });
  await join(0);
  await send(1);
});

it('pins messages for the readers at every server', async () => {
  const { alice, bob, roomId, send, urlOf } = await setup();
  const message = await send(1);
  const room = liveClient({ url: urlOf(1), token: bob.token }).room(roomId);
  await room.word('hello');
  await alice.at(0).chat.pinMessage.mutate({ roomId, id: message.id });
  await room.word('pins');
  const { pins } = await bob.at(1).chat.listPins.query({ roomId });
  expect(pins.map(({ message: { id }, pinnedBy }) => [id, pinnedBy])).toEqual([[message.id, 'alice']]);
});

it('tells readers at every server who has come and gone, and finds nothing of it', async () => {
  const { alice, bob, urlOf } = await setup();
  const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'log', history: 'kept' });
  const room = liveClient({ url: urlOf(0), token: alice.token }).room(roomId);
  await room.started();
  await bob.at(1).chat.joinRoom.mutate({ name: 'log' });
  await alice.at(0).chat.updateRoom.mutate({ roomId, topic: 'dens' });
  await room.word('dens');
  await bob.at(1).chat.sendMessage.mutate({ roomId, text: 'of dens' });
  await bob.at(0).chat.leaveRoom.mutate({ roomId });
  await room.count(4);
  for (const node of [0, 1]) {
    const { messages } = await alice.at(node).chat.history.query({ roomId });
    expect(messages.map(({ event }) => event)).toEqual(['joined', 'topic', undefined, 'left']);
    const { hits } = await alice.at(node).chat.search.query({ query: 'dens', roomId });
    expect(hits.map(({ message }) => message.text)).toEqual(['of dens']);
    await expect(bob.at(node).chat.search.query({ query: 'dens', roomId })).rejects.toMatchObject({
      data: { reason: 'NOT_A_MEMBER' },
    });
  }
});

it('edits, deletes and reacts for the readers at every server, losing none of many reactions', async () => {
  const { alice, bob, roomId, send, urlOf } = await setup();
  const [message, other] = [await send(1), await send(0)];
  const room = liveClient({ url: urlOf(0), token: alice.token }).room(roomId, other.id);
  await room.started();
  await bob.at(1).chat.editMessage.mutate({ roomId, id: message.id, text: 'bye' });
  await room.word('bye');
  const emoji = ['👍', '❤️', '😂', '😮', '😢', '🙏'];
  await Promise.all(
    emoji.flatMap((emoji) => [
      alice.at(0).chat.react.mutate({ roomId, id: message.id, emoji }),
      bob.at(1).chat.react.mutate({ roomId, id: message.id, emoji }),
    ]),
  );
  await alice.at(0).chat.deleteMessage.mutate({ roomId, id: other.id });
  await room.word(`deleted ${other.id}`);
  for (const { at } of [alice, bob])
    for (const node of [0, 1]) {
      const [left, ...rest] = await at(node).chat.listMessages.query({ roomId });
      expect(rest).toEqual([]);
      expect(left?.text).toBe('bye');
      expect(left?.reactions?.map(({ emoji, users }) => [emoji, users.toSorted()]).sort()).toEqual(
        emoji.map((each) => [each, ['alice', 'bob']]).sort(),
      );
    }
});

it('applies slow mode and roles at every server, in one count for all of them', async () => {
  const { alice, roomId, send } = await setup();
  await Promise.all([send(0), send(1)]);
  await alice.at(0).chat.updateRoom.mutate({ roomId, slowModeSeconds: 60 });
  expect(await tally([send(0), send(1), send(0), send(1)])).toEqual({ ok: 1, SLOW_MODE: 3 });
  await alice.at(1).chat.setRole.mutate({ roomId, username: 'bob', role: 'moderator' });
  await Promise.all([send(0), send(1)]);
  await alice.at(1).chat.setRole.mutate({ roomId, username: 'bob', role: 'member' });
  expect(await outcomes([send(0), send(1)])).toEqual(['SLOW_MODE', 'SLOW_MODE']);
  await alice.at(0).chat.updateRoom.mutate({ roomId, slowModeSeconds: 0 });
  await Promise.all([send(0), send(1)]);
});

it('lets nobody join a room that its last member is leaving at another server', async () => {
  const { alice, carol, rolesOf, servers } = await setup();
  for (let round = 0; round < 30; round += 1) {
    const name = `round ${round}`;
    const { id } = await alice.at(0).chat.createRoom.mutate({ name });
    const [, joined] = await outcomes([
      alice.at(0).chat.leaveRoom.mutate({ roomId: id }),
      carol.at(1).chat.joinRoom.mutate({ name }),
    ]);
    expect(['ok', 'ROOM_NOT_FOUND']).toContain(joined);
    const room = await servers[0]?.deps.db.room.findUnique({ where: { id } });
    expect([room?.name, await rolesOf(id)]).toEqual(
      joined === 'ok' ? [name, [['carol', 'owner']]] : [undefined, []],
    );
  }
});

it('leaves no banned user in a room that they were joining at another server', async () => {
  const { alice, carol, roomId, rolesOf } = await setup();
  for (let round = 0; round < 30; round += 1) {
    await outcomes([
      carol.at(1).chat.joinRoom.mutate({ name: 'general' }),
      alice.at(0).chat.removeMember.mutate({ roomId, username: 'carol', ban: true }),
    ]);
    expect(await rolesOf(roomId)).toEqual([
      ['alice', 'owner'],
      ['bob', 'member'],
    ]);
    await alice.at(0).chat.unban.mutate({ roomId, username: 'carol' });
  }
});

it('keeps an owner when all but one of the members leave at once', async () => {
  const { alice, bob, carol, rolesOf } = await setup();
  for (let round = 0; round < 15; round += 1) {
    const name = `round ${round}`;
    const { id } = await alice.at(0).chat.createRoom.mutate({ name });
    for (const { at } of [bob, carol]) await at(1).chat.joinRoom.mutate({ name });
    await Promise.all([
      alice.at(0).chat.leaveRoom.mutate({ roomId: id }),
      bob.at(1).chat.leaveRoom.mutate({ roomId: id }),
    ]);
    expect(await rolesOf(id)).toEqual([['carol', 'owner']]);
  }
});

it('lets in no more by an invitation than it was made for', async () => {
  const { alice, user, roomId, rolesOf } = await setup();
  const guests = [];
  for (let guest = 0; guest < 6; guest += 1) guests.push(await user(`guest ${guest}`));
  const { code } = await alice.at(0).chat.createInvite.mutate({ roomId, maxUses: 2 });
  const joined = guests.map(({ at }, index) => at(index % 2).chat.joinByInvite.mutate({ code }));
  expect(await tally(joined)).toEqual({ ok: 2, INVITE_NOT_FOUND: 4 });
  expect(await rolesOf(roomId)).toHaveLength(4);
});

it('gives a name, and the last public place, to one of those who ask for it at two servers', async () => {
  const { servers, user } = await startCluster([{ maxPublicRooms: 1 }, { maxPublicRooms: 1 }]);
  const alice = await user('alice');
  const rooms: number[] = [];
  for (const name of ['one', 'two']) {
    const room = await alice.at(0).chat.createRoom.mutate({ name, password: 'secret' });
    rooms.push(room.id);
  }
  const update = (changes: { name: string } | { password: null }) =>
    tally(rooms.map((roomId, node) => alice.at(node).chat.updateRoom.mutate({ roomId, ...changes })));
  for (let round = 0; round < 5; round += 1) {
    expect(await update({ name: `round ${round}` })).toEqual({ ok: 1, ROOM_NAME_TAKEN: 1 });
    expect(await update({ password: null })).toEqual({ ok: 1, PUBLIC_ROOM_LIMIT: 1 });
    await servers[0]?.deps.db.room.updateMany({ data: { isPrivate: true, passwordHash: 'x' } });
    expect(
      await tally(
        rooms.map((roomId, node) =>
          alice.at(node).chat.updateRoom.mutate({ roomId, name: ['spa', 's\u0440a'][node] ?? '' }),
        ),
      ),
    ).toEqual({ ok: 1, ROOM_NAME_TAKEN: 1 });
    for (const [index, roomId] of rooms.entries())
      await alice.at(0).chat.updateRoom.mutate({ roomId, name: `between ${index}` });
  }
});

it('keeps an owner when two of them step down at two servers', async () => {
  const { alice, bob, roomId, rolesOf } = await setup();
  await alice.at(0).chat.setRole.mutate({ roomId, username: 'bob', role: 'owner' });
  expect(
    await tally([
      alice.at(0).chat.setRole.mutate({ roomId, username: 'alice', role: 'member' }),
      bob.at(1).chat.setRole.mutate({ roomId, username: 'bob', role: 'member' }),
    ]),
  ).toEqual({ ok: 1, LAST_OWNER: 1 });
  expect((await rolesOf(roomId))?.filter(([, role]) => role === 'owner')).toHaveLength(1);
});

it('obeys commands at every server', async () => {
  const { alice, bob, place, roomId, send } = await setup();
  const env = {
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: place.redis.url,
    REDIS_PREFIX: place.redis.prefix,
  };
  const options = { folder: await temporaryFolder(), env };
  await Promise.all([send(0), send(1)]);
  expect(await runJson(['room', 'show', 'general'], options)).toMatchObject([
    { owners: ['alice'], members: 2 },
  ]);
  await runJson(['room', 'set-role', 'general', 'bob', 'owner'], options);
  await runJson(['room', 'ban', 'general', 'alice'], options);
  const sends = [0, 1].map((node) => alice.at(node).chat.sendMessage.mutate({ roomId, text: 'hello' }));
  expect(await outcomes(sends)).toEqual(['NOT_A_MEMBER', 'NOT_A_MEMBER']);
  await runJson(['room', 'rename', 'general', 'salon'], options);
  expect(await bob.at(0).chat.listJoinedRooms.query()).toMatchObject([{ name: 'salon', role: 'owner' }]);
  const [invite] = await runJson<{ code: string }>(['room', 'invite', 'salon'], options);
  expect(await bob.at(1).chat.getInvite.query({ code: invite?.code ?? '' })).toEqual({
    name: 'salon',
    memberCount: 1,
  });
});

it('is given owners by the migration on Postgres as on SQLite', async () => {
  const { url, query } = freshSchema();
  await (await openDb(url)).close();
  await query(
    `INSERT INTO rooms (id, name, created_by) VALUES (1, 'a', 'ada'), (2, 'b', 'ada'), (3, 'c', NULL), (4, 'd', 'ada')`,
  );
  await query(`INSERT INTO room_members (id, room_id, username) VALUES
    (10, 1, 'bob'), (11, 1, 'ada'), (7, 2, 'cy'), (8, 2, 'bob'), (30, 3, 'dan'), (31, 3, 'ada')`);
  const folder = migrationsFolder('postgresql');
  const script = readFileSync(`${folder}/20261128160000_room_roles/migration.sql`, 'utf8');
  await query(/UPDATE "room_members" SET "role"[^;]*;/.exec(script)?.[0] ?? '');
  expect(await query(`SELECT room_id, username FROM room_members WHERE role = 'owner' ORDER BY id`)).toEqual([
    { room_id: 2, username: 'cy' },
    { room_id: 1, username: 'ada' },
    { room_id: 3, username: 'dan' },
  ]);
});
