import { expect, it } from 'vitest';
import { refused, runCommand, runJson } from '../support/command.ts';
import { startMirage } from '../support/harness.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { refusal } from '../support/refusal.ts';

it('lists all rooms, private ones included', async () => {
  const { alice, ...mirage } = await startRoom();
  await alice.client.chat.createRoom.mutate({ name: 'den', password: 'secret' });
  expect(await runJson(['room', 'list'], mirage)).toMatchObject([
    { id: 1, name: 'general', isPrivate: false, createdBy: 'alice', members: 2 },
    { id: 2, name: 'den', isPrivate: true, createdBy: 'alice', members: 1 },
  ]);
  const { stdout } = await runCommand(['room', 'list'], mirage);
  expect(stdout).toMatch(/^id +name +private +members +creator +created\n1 +general +no +2 +alice /);
  expect(stdout).not.toContain('argon2');
});

it('lists the members of a room, given by name or id, in order of joining', async () => {
  const { alice, bob, ...mirage } = await startRoom();
  await bob.client.chat.createRoom.mutate({ name: '1' });
  const members = async (...args: string[]) =>
    (await runJson<{ username: string }>(['room', 'members', ...args], mirage)).map(
      ({ username }) => username,
    );
  expect(await members('general')).toEqual(['alice', 'bob']);
  expect(await members('1')).toEqual(['alice', 'bob']);
  expect(await members('1', '--by-name')).toEqual(['bob']);
  for (const unknown of ['General', '99', '99999999999999999999'])
    expect(await runCommand(['room', 'members', unknown], mirage)).toEqual(refused(/room not found/));
});

it.each(transports)(
  'deletes a room at the running server: subscriptions (%s), members and messages',
  async (transport) => {
    const { alice, bob, roomId, say, ...mirage } = await startRoom();
    await alice.client.chat.createRoom.mutate({ name: 'other' });
    await say('soon gone');
    await say('stays', 2);
    const live = liveClient({ url: mirage.url, token: bob.token, transport });
    const room = live.room(roomId);
    const inbox = live.inbox();
    await Promise.all([room.word('soon gone'), inbox.started()]);

    const outcome = await runCommand(['room', 'delete', 'general', '--yes'], mirage);
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: 'deleted general\n' });
    await expect(say('too late')).rejects.toMatchObject(refusal('NOT_A_MEMBER'));
    await room.ended();
    expect(room.ends).toEqual(['ROOM_NOT_FOUND']);
    expect(inbox.ends).toEqual([]);
    expect(await mirage.deps.roomMessages.list(roomId)).toEqual([]);
    expect((await mirage.deps.roomMessages.list(2)).map(({ text }) => text)).toEqual(['stays']);
  },
);

it('requires --yes without a terminal, and refuses to delete an unknown room', async () => {
  const { say, ...mirage } = await startRoom();
  expect(await runCommand(['room', 'delete', 'general'], mirage)).toEqual(
    refused(/Use --yes: there is no terminal/),
  );
  expect(await runCommand(['room', 'delete', '2', '--yes'], mirage)).toEqual(refused(/room not found/));
  await say('still here');
});

it('transfers a room only to a member, who may then delete it', async () => {
  const { alice, bob, roomId, ...mirage } = await startRoom();
  await mirage.user('stranger');
  const transfer = (username: string) => runCommand(['room', 'transfer', 'general', username], mirage);
  expect(await transfer('stranger')).toEqual(refused(/not in this room/));
  expect(await transfer('nobody')).toEqual(refused(/user not found/));
  await expect(bob.client.chat.deleteRoom.mutate({ roomId })).rejects.toMatchObject(
    refusal('NOT_THE_CREATOR'),
  );
  expect(await transfer('bob')).toMatchObject({ code: 0, stderr: 'general now belongs to bob\n' });
  await expect(alice.client.chat.deleteRoom.mutate({ roomId })).rejects.toMatchObject(
    refusal('NOT_THE_CREATOR'),
  );
  await bob.client.chat.deleteRoom.mutate({ roomId });
});

it('works without a running server', async () => {
  const mirage = await startMirage();
  const { client } = await mirage.user('alice');
  const { id } = await client.chat.createRoom.mutate({ name: 'general' });
  await mirage.close();
  const transfer = ['room', 'transfer', 'general', 'alice'];
  expect(await runJson(transfer, mirage)).toEqual([{ id, name: 'general', createdBy: 'alice' }]);
  const deletion = ['room', 'delete', 'general', '--yes'];
  expect(await runJson(deletion, mirage)).toEqual([{ id, name: 'general', members: 1 }]);
  expect(await runJson(['room', 'list'], mirage)).toEqual([]);
});
