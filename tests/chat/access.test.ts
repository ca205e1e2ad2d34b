import { expect, it } from 'vitest';
import type { MirageClient } from '../../src/client/index.ts';
import { appRouter } from '../../src/server/api/app-router.ts';
import { startMirage } from '../support/harness.ts';
import { outcomes } from '../support/refusal.ts';

/** One with a made-up token and one without any are refused everything, whatever the room. */
const persons = ['nobody', 'forger', 'stranger', 'former', 'member', 'creator'] as const;

async function startWithUsers() {
  const { user, client } = await startMirage({ maxPublicRooms: 100 });
  const clientOf = async (name: string) => (await user(name)).client;
  const clients = {
    creator: await clientOf('creator'),
    member: await clientOf('member'),
    former: await clientOf('former'),
    stranger: await clientOf('stranger'),
    forger: client('made-up'),
    nobody: client(),
  };

  /** A room in which they are what they are called. */
  async function makeRoom(name: string, password?: string): Promise<number> {
    const room = { name, ...(password !== undefined && { password }) };
    const { id } = await clients.creator.chat.createRoom.mutate(room);
    for (const { chat } of [clients.member, clients.former]) await chat.joinRoom.mutate(room);
    await clients.former.chat.leaveRoom.mutate({ roomId: id });
    return id;
  }

  return { clients, makeRoom };
}

type Call = (chat: MirageClient['chat'], roomId: number, name: string) => Promise<unknown>;

const calls = {
  createRoom: (chat) => chat.createRoom.mutate({ name: crypto.randomUUID(), password: 'secret' }),
  joinRoom: (chat, _, name) => chat.joinRoom.mutate({ name }),
  leaveRoom: (chat, roomId) => chat.leaveRoom.mutate({ roomId }),
  deleteRoom: (chat, roomId) => chat.deleteRoom.mutate({ roomId }),
  listPublicRooms: (chat) => chat.listPublicRooms.query(),
  listJoinedRooms: (chat) => chat.listJoinedRooms.query(),
  listMembers: (chat, roomId) => chat.listMembers.query({ roomId }),
  sendMessage: (chat, roomId) => chat.sendMessage.mutate({ roomId, text: 'hello' }),
  listMessages: (chat, roomId) => chat.listMessages.query({ roomId }),
  history: (chat, roomId) => chat.history.query({ roomId }),
  markRead: (chat, roomId) => chat.markRead.mutate({ roomId, upTo: '1-0' }),
  mute: (chat, roomId) => chat.mute.mutate({ roomId }),
  unmute: (chat, roomId) => chat.unmute.mutate({ roomId }),
  setTyping: (chat, roomId) => chat.setTyping.mutate({ roomId, isTyping: true }),
  members: (chat, roomId) => chat.members.query({ roomId }),
  updateRoom: (chat, roomId) => chat.updateRoom.mutate({ roomId, topic: 'new' }),
  setRole: (chat, roomId) => chat.setRole.mutate({ roomId, username: 'member', role: 'member' }),
  removeMember: (chat, roomId) => chat.removeMember.mutate({ roomId, username: 'member' }),
  listBans: (chat, roomId) => chat.listBans.query({ roomId }),
  unban: (chat, roomId) => chat.unban.mutate({ roomId, username: 'stranger' }),
  transferOwnership: (chat, roomId) => chat.transferOwnership.mutate({ roomId, username: 'member' }),
  pinMessage: (chat, roomId) => chat.pinMessage.mutate({ roomId, id: '1-0' }),
  unpinMessage: (chat, roomId) => chat.unpinMessage.mutate({ roomId, id: '1-0' }),
  listPins: (chat, roomId) => chat.listPins.query({ roomId }),
  editMessage: (chat, roomId) => chat.editMessage.mutate({ roomId, id: '1-0', text: 'hello' }),
  deleteMessage: (chat, roomId) => chat.deleteMessage.mutate({ roomId, id: '1-0' }),
  react: (chat, roomId) => chat.react.mutate({ roomId, id: '1-0', emoji: '👍' }),
  unreact: (chat, roomId) => chat.unreact.mutate({ roomId, id: '1-0', emoji: '👍' }),
  search: (chat, roomId) => chat.search.query({ roomId, query: 'hello' }),
  createInvite: (chat, roomId) => chat.createInvite.mutate({ roomId }),
  listInvites: (chat, roomId) => chat.listInvites.query({ roomId }),
  revokeInvite: (chat, roomId) => chat.revokeInvite.mutate({ roomId, id: 1 }),
  getInvite: (chat) => chat.getInvite.query({ code: 'unknown' }),
  joinByInvite: (chat) => chat.joinByInvite.mutate({ code: 'unknown' }),
} satisfies Record<string, Call>;

/** Others name their room, or none. */
const takesRoomId = (name: keyof typeof calls) => calls[name].length === 2;

type Table = Record<keyof typeof calls, string[]>;

const everyone = (outcome: string) => [outcome, outcome, outcome, outcome];
const members = ['NOT_A_MEMBER', 'NOT_A_MEMBER', 'ok', 'ok'];
const creator = ['NOT_THE_CREATOR', 'NOT_THE_CREATOR', 'NOT_THE_CREATOR', 'ok'];
/** The creator is the owner. */
const owner = ['NOT_A_MEMBER', 'NOT_A_MEMBER', 'ROLE_REQUIRED', 'ok'];
/** Of a message that is not there. */
const notFound = ['NOT_A_MEMBER', 'NOT_A_MEMBER', 'MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND'];
const themselves = ['NOT_A_MEMBER', 'NOT_A_MEMBER', 'INVALID_INPUT', 'ok'];

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
  history: members,
  markRead: members,
  mute: members,
  unmute: members,
  setTyping: members,
  members: everyone('ok'),
  updateRoom: owner,
  setRole: owner,
  removeMember: themselves,
  listBans: owner,
  unban: owner,
  transferOwnership: themselves,
  pinMessage: [...owner.slice(0, 3), 'MESSAGE_NOT_FOUND'],
  unpinMessage: owner,
  listPins: members,
  editMessage: notFound,
  deleteMessage: notFound,
  react: notFound,
  unreact: notFound,
  search: members,
  createInvite: owner,
  listInvites: owner,
  revokeInvite: [...owner.slice(0, 3), 'INVITE_NOT_FOUND'],
  getInvite: everyone('INVITE_NOT_FOUND'),
  joinByInvite: everyone('INVITE_NOT_FOUND'),
};

const privateRoom: Table = {
  ...publicRoom,
  joinRoom: everyone('PASSWORD_REQUIRED'),
  listMembers: members,
  members,
};

const deletedRoom: Table = {
  ...publicRoom,
  joinRoom: everyone('ROOM_NOT_FOUND'),
  leaveRoom: everyone('NOT_A_MEMBER'),
  deleteRoom: everyone('ROOM_NOT_FOUND'),
  listMembers: everyone('ROOM_NOT_FOUND'),
  sendMessage: everyone('NOT_A_MEMBER'),
  listMessages: everyone('NOT_A_MEMBER'),
  history: everyone('NOT_A_MEMBER'),
  markRead: everyone('NOT_A_MEMBER'),
  mute: everyone('NOT_A_MEMBER'),
  unmute: everyone('NOT_A_MEMBER'),
  setTyping: everyone('NOT_A_MEMBER'),
  members: everyone('ROOM_NOT_FOUND'),
  updateRoom: everyone('NOT_A_MEMBER'),
  setRole: everyone('NOT_A_MEMBER'),
  removeMember: ['NOT_A_MEMBER', 'NOT_A_MEMBER', 'INVALID_INPUT', 'NOT_A_MEMBER'],
  listBans: everyone('NOT_A_MEMBER'),
  unban: everyone('NOT_A_MEMBER'),
  transferOwnership: ['NOT_A_MEMBER', 'NOT_A_MEMBER', 'INVALID_INPUT', 'NOT_A_MEMBER'],
  pinMessage: everyone('NOT_A_MEMBER'),
  unpinMessage: everyone('NOT_A_MEMBER'),
  listPins: everyone('NOT_A_MEMBER'),
  editMessage: everyone('NOT_A_MEMBER'),
  deleteMessage: everyone('NOT_A_MEMBER'),
  react: everyone('NOT_A_MEMBER'),
  unreact: everyone('NOT_A_MEMBER'),
  search: everyone('NOT_A_MEMBER'),
  createInvite: everyone('NOT_A_MEMBER'),
  listInvites: everyone('NOT_A_MEMBER'),
  revokeInvite: everyone('NOT_A_MEMBER'),
};

const kinds = [
  { kind: 'a public room', password: undefined, deleted: false, table: publicRoom },
  { kind: 'a private room', password: 'secret', deleted: false, table: privateRoom },
  { kind: 'a deleted room', password: undefined, deleted: true, table: deletedRoom },
];

it.each(kinds)(
  'accepts and refuses callers of $kind according to the table',
  async ({ password, deleted, table }) => {
    const { clients, makeRoom } = await startWithUsers();
    const results: Partial<Table> = {};
    const expected: Partial<Table> = {};
    // A room for each procedure, because some change it.
    for (const name of Object.keys(calls) as (keyof Table)[]) {
      const id = await makeRoom(name, password);
      if (deleted) await clients.creator.chat.deleteRoom.mutate({ roomId: id });
      const asked: string[] = [];
      for (const person of persons)
        asked.push(...(await outcomes([calls[name](clients[person].chat, id, name)])));
      results[name] = asked;
      const strangers = name === 'getInvite' ? 'INVITE_NOT_FOUND' : 'UNAUTHORIZED';
      expected[name] = [strangers, strangers, ...table[name]];
    }
    expect(results).toEqual(expected);
  },
);

it('covers every procedure of rooms in the table', () => {
  // safe: tRPC keeps the procedures here by their paths, though its type says otherwise
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
  const names = Object.entries(procedures)
    .filter(([path, { _def }]) => path.startsWith('chat.') && _def.type !== 'subscription')
    .map(([path]) => path.replace('chat.', ''));
  expect(names.sort()).toEqual(Object.keys(calls).sort());
});

it('finds no room for ids beyond 32 bits, even if the low bits match one', async () => {
  const { clients, makeRoom } = await startWithUsers();
  const id = await makeRoom('the room');
  for (const roomId of [2 ** 31 - 1, 2 ** 31, 2 ** 32 + id, Number.MAX_SAFE_INTEGER])
    for (const [name, expected] of Object.entries(deletedRoom) as [keyof Table, string[]][])
      if (takesRoomId(name))
        expect(await outcomes([calls[name](clients.creator.chat, roomId, 'the room')]), name).toEqual([
          expected[3],
        ]);
});

it('refuses invalid ids', async () => {
  const { clients } = await startWithUsers();
  for (const roomId of [0, -1, 1.5, 2 ** 53])
    expect(await outcomes([clients.creator.chat.listMessages.query({ roomId })])).toEqual(['INVALID_INPUT']);
});
