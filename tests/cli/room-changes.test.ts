import { expect, it } from 'vitest';
import { refused, runCommand, runJson } from '../support/command.ts';
import { startMirage } from '../support/harness.ts';
import { startRoom } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { outcomes, refusal } from '../support/refusal.ts';

const rolesIn = async ({ client }: Awaited<ReturnType<typeof startRoom>>['alice'], roomId: number) =>
  (await client.chat.members.query({ roomId })).members.map(({ username, role }) => [username, role]);

it('shows a room with its settings and who runs it, and no secret', async () => {
  const { alice, roomId, ...mirage } = await startRoom();
  await alice.client.chat.updateRoom.mutate({ roomId, topic: 'tea', password: 'secret', slowModeSeconds: 5 });
  await alice.client.chat.setRole.mutate({ roomId, username: 'bob', role: 'moderator' });
  await alice.client.chat.createInvite.mutate({ roomId });
  expect(await runJson(['room', 'show', 'general'], mirage)).toEqual([
    {
      id: roomId,
      name: 'general',
      isPrivate: true,
      createdBy: 'alice',
      createdAt: expect.any(String),
      topic: 'tea',
      description: '',
      slowModeSeconds: 5,
      history: 'ephemeral',
      lifespanSeconds: null,
      members: 2,
      bans: 0,
      invites: 1,
      owners: ['alice'],
      moderators: ['bob'],
    },
  ]);
  const { stdout } = await runCommand(['room', 'show', 'general'], mirage);
  expect(stdout).toMatch(/^topic +tea$/m);
  expect(stdout).toMatch(/^owners +alice$/m);
  expect(stdout).not.toContain('argon2');
  expect(await runCommand(['room', 'show', 'attic'], mirage)).toEqual(refused(/room not found/));
});

it('renames a room, but to no name that is taken or cannot be chosen', async () => {
  const { alice, roomId, ...mirage } = await startRoom();
  await alice.client.chat.createRoom.mutate({ name: 'other' });
  const rename = (name: string) => runCommand(['room', 'rename', 'general', name], mirage);
  expect(await rename('other')).toEqual(refused(/room name is taken/));
  expect(await rename(' ')).toEqual(refused(/name: /));
  expect(await rename('salon')).toEqual({ code: 0, stdout: '', stderr: 'general is now salon\n' });
  expect(await alice.client.chat.updateRoom.mutate({ roomId })).toMatchObject({ name: 'salon' });
});

it('gives roles, which hold at the running server at once', async () => {
  const { alice, bob, roomId, ...mirage } = await startRoom();
  const setRole = (name: string, role: string) =>
    runCommand(['room', 'set-role', 'general', name, role], mirage);
  await alice.client.chat.updateRoom.mutate({ roomId, slowModeSeconds: 60 });
  const send = () => bob.client.chat.sendMessage.mutate({ roomId, text: 'hello' });
  expect(await outcomes([send()])).toEqual(['ok']);
  expect(await outcomes([send()])).toEqual(['SLOW_MODE']);
  expect(await setRole('bob', 'moderator')).toMatchObject({
    code: 0,
    stderr: 'bob is now moderator of general\n',
  });
  await send();
  expect(await setRole('alice', 'member')).toEqual(refused(/a room needs an owner/));
  expect(await setRole('bob', 'king')).toEqual(refused(/role: /));
  expect(await setRole('nobody', 'member')).toEqual(refused(/user not found/));
  await setRole('bob', 'owner');
  await setRole('alice', 'member');
  expect(await rolesIn(bob, roomId)).toEqual([
    ['alice', 'member'],
    ['bob', 'owner'],
  ]);
});

it('bans a user at the running server, even the owner, for whom another takes over', async () => {
  const { alice, bob, roomId, ...mirage } = await startRoom();
  const room = liveClient({ url: mirage.url, token: alice.token }).room(roomId);
  await room.started();
  await bob.client.chat.listMessages.query({ roomId });
  const ban = ['room', 'ban', 'general', 'alice', '--until', '2126-01-01T00:00:00Z'];
  expect(await runCommand(ban, mirage)).toMatchObject({
    code: 0,
    stderr: 'alice is banned from general\n',
  });
  await room.ended();
  expect(room.ends).toEqual(['NOT_A_MEMBER']);
  await expect(alice.client.chat.joinRoom.mutate({ name: 'general' })).rejects.toMatchObject(
    refusal('NOT_A_MEMBER'),
  );
  expect((await bob.client.chat.listBans.query({ roomId })).bans).toMatchObject([
    { username: 'alice', bannedBy: null, until: '2126-01-01T00:00:00.000Z' },
  ]);
  expect(await runCommand(['room', 'ban', 'general', 'bob', '--until', 'soon'], mirage)).toEqual(
    refused(/--until: /),
  );
  expect(await runCommand(['room', 'ban', 'general', 'nobody'], mirage)).toEqual(refused(/user not found/));
});

it('invites with a code that works once', async () => {
  const { alice, roomId, ...mirage } = await startRoom();
  const carol = await mirage.user('carol');
  const dan = await mirage.user('dan');
  const { code, stdout } = await runCommand(['room', 'invite', 'general', '--max-uses', '1'], mirage);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^[\w-]{22}\n$/)]);
  await carol.client.chat.joinByInvite.mutate({ code: stdout.trim() });
  await expect(dan.client.chat.joinByInvite.mutate({ code: stdout.trim() })).rejects.toMatchObject(
    refusal('INVITE_NOT_FOUND'),
  );
  const [invite] = await runJson(['room', 'invite', 'general', '--expires-in', '60'], mirage);
  expect(invite).toMatchObject({ roomId, maxUses: null, createdBy: null, code: expect.any(String) });
  expect(await alice.client.chat.listInvites.query({ roomId })).toHaveLength(1);
  for (const [option, value] of [
    ['--max-uses', '0'],
    ['--max-uses', 'many'],
    ['--expires-in', '-1'],
  ] as const)
    expect(await runCommand(['room', 'invite', 'general', option, value], mirage)).toEqual(
      refused(new RegExp(`${option}: `)),
    );
});

it('makes whom a room is transferred to its only owner', async () => {
  const { alice, bob, roomId, ...mirage } = await startRoom();
  await runCommand(['room', 'transfer', 'general', 'bob'], mirage);
  expect(await rolesIn(bob, roomId)).toEqual([
    ['alice', 'moderator'],
    ['bob', 'owner'],
  ]);
  await expect(
    alice.client.chat.setRole.mutate({ roomId, username: 'bob', role: 'member' }),
  ).rejects.toMatchObject(refusal('ROLE_REQUIRED'));
});

it('works without a running server', async () => {
  const mirage = await startMirage();
  const { client } = await mirage.user('alice');
  const { id } = await client.chat.createRoom.mutate({ name: 'general' });
  await mirage.user('bob');
  await mirage.close();
  const run = (...args: string[]) => runJson(['room', ...args], mirage);
  expect(await run('rename', 'general', 'salon')).toEqual([{ id, name: 'salon' }]);
  expect(await run('ban', 'salon', 'bob')).toEqual([{ id, name: 'salon', username: 'bob', until: null }]);
  expect(await run('set-role', 'salon', 'alice', 'owner')).toEqual([
    { id, name: 'salon', username: 'alice', role: 'owner' },
  ]);
});
