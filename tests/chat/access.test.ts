import { describe, expect, it } from 'vitest';
import type { MirageClient } from '../../src/client/index.ts';
import { appRouter } from '../../src/server/routers/app-router.ts';
import { startMirage } from '../support/harness.ts';
import { outcomes } from '../support/refusal.ts';

/** One with a made-up token and one without any are refused everything, whatever the room. */
const persons = ['nobody', 'forger', 'stranger', 'former', 'member', 'creator'] as const;

async function startWithRoom(password?: string) {
  const { user, client } = await startMirage();
  const clientOf = async (name: string) => (await user(name)).client;
  const creator = await clientOf('creator');
  const member = await clientOf('member');
  const former = await clientOf('former');
  const stranger = await clientOf('stranger');
  const room = { name: 'the room', ...(password !== undefined && { password }) };
  const { id } = await creator.chat.createRoom.mutate(room);
  for (const { chat } of [member, former]) await chat.joinRoom.mutate(room);
  await former.chat.leaveRoom.mutate({ roomId: id });
  return { id, clients: { creator, member, stranger, former, forger: client('made-up'), nobody: client() } };
}

type Call = (chat: MirageClient['chat'], roomId: number) => Promise<unknown>;

const calls = {
  createRoom: (chat) => chat.createRoom.mutate({ name: crypto.randomUUID(), password: 'secret' }),
  joinRoom: (chat) => chat.joinRoom.mutate({ name: 'the room' }),
  leaveRoom: (chat, roomId) => chat.leaveRoom.mutate({ roomId }),
  deleteRoom: (chat, roomId) => chat.deleteRoom.mutate({ roomId }),
  listPublicRooms: (chat) => chat.listPublicRooms.query(),
  listJoinedRooms: (chat) => chat.listJoinedRooms.query(),
  listMembers: (chat, roomId) => chat.listMembers.query({ roomId }),
  sendMessage: (chat, roomId) => chat.sendMessage.mutate({ roomId, text: 'hello' }),
  listMessages: (chat, roomId) => chat.listMessages.query({ roomId }),
  setTyping: (chat, roomId) => chat.setTyping.mutate({ roomId, isTyping: true }),
} satisfies Record<string, Call>;

type Table = Record<keyof typeof calls, string[]>;

const everyone = (outcome: string) => [outcome, outcome, outcome, outcome];
const members = ['NOT_A_MEMBER', 'NOT_A_MEMBER', 'ok', 'ok'];
const creator = ['NOT_THE_CREATOR', 'NOT_THE_CREATOR', 'NOT_THE_CREATOR', 'ok'];

/** For a stranger, one who has left, a member and the creator, who asks last, since what is deleted is gone. */
const publicRoom: Table = {
  createRoom: everyone('ok'),
  joinRoom: everyone('ok'),
  leaveRoom: members,
  deleteRoom: creator,
  listPublicRooms: everyone('ok'),
  listJoinedRooms: everyone('ok'),
  listMembers: everyone('ok'),
  sendMessage: members,
  listMessages: members,
  setTyping: members,
};

const privateRoom: Table = {
  ...publicRoom,
  joinRoom: everyone('PASSWORD_REQUIRED'),
  listMembers: members,
};

const deletedRoom: Table = {
  ...publicRoom,
  joinRoom: everyone('ROOM_NOT_FOUND'),
  leaveRoom: everyone('NOT_A_MEMBER'),
  deleteRoom: everyone('ROOM_NOT_FOUND'),
  listMembers: everyone('ROOM_NOT_FOUND'),
  sendMessage: everyone('NOT_A_MEMBER'),
  listMessages: everyone('NOT_A_MEMBER'),
  setTyping: everyone('NOT_A_MEMBER'),
};

const kinds = [
  { kind: 'a public room', password: undefined, deleted: false, table: publicRoom },
  { kind: 'a private room', password: 'secret', deleted: false, table: privateRoom },
  { kind: 'a deleted room', password: undefined, deleted: true, table: deletedRoom },
];

describe.each(kinds)('of $kind', ({ password, deleted, table }) => {
  // A room for each procedure, because some change it.
  it.each(Object.keys(calls) as (keyof Table)[])('%s is open to whom it should be', async (name) => {
    const { id, clients } = await startWithRoom(password);
    if (deleted) await clients.creator.chat.deleteRoom.mutate({ roomId: id });

    const results: string[] = [];
    for (const person of persons) results.push(...(await outcomes([calls[name](clients[person].chat, id)])));

    expect(results).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED', ...table[name]]);
  });
});

it('has the answer to who may call what for every procedure of rooms', () => {
  // safe: tRPC keeps the procedures here by their paths, though its type says otherwise
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
  const names = Object.entries(procedures)
    .filter(([path, { _def }]) => path.startsWith('chat.') && _def.type !== 'subscription')
    .map(([path]) => path.replace('chat.', ''));
  expect(names.sort()).toEqual(Object.keys(calls).sort());
});

it('knows no room beyond 32 bits, though its id may end in the bits of one', async () => {
  const { clients, id } = await startWithRoom();
  for (const roomId of [2 ** 31 - 1, 2 ** 31, 2 ** 32 + id, Number.MAX_SAFE_INTEGER])
    for (const [name, expected] of Object.entries(deletedRoom) as [keyof Table, string[]][])
      if (calls[name].length > 1)
        expect(await outcomes([calls[name](clients.creator.chat, roomId)]), name).toEqual([expected[3]]);
});

it('refuses what is no id at all', async () => {
  const { clients } = await startWithRoom();
  for (const roomId of [0, -1, 1.5, 2 ** 53])
    expect(await outcomes([clients.creator.chat.listMessages.query({ roomId })])).toEqual(['INVALID_INPUT']);
});
