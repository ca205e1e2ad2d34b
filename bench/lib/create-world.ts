import { type Deps, roomMessages, server, sessions } from './built.ts';
import { type People, settle } from './people.ts';
import { type Fresh, freshCount, guest, type Kind, password, type World } from './world.ts';

const crowd = Array.from({ length: freshCount }, (_, index) => `crowd${index}`);
const text = 'hello to everybody who is listening in here';
const crowdedRoom = 'second';
const otherRooms = [crowdedRoom, 'third', 'fourth', 'fifth'];

/** Stores the users. The server is to be opened again after it, as it prepares their names for searches when it opens. */
export async function storeUsers(deps: Deps): Promise<People> {
  const people = await settle(deps, 21);
  const { roomId } = people;
  await deps.db.roomMember.updateMany({ where: { roomId, username: 'user0' }, data: { role: 'owner' } });
  await deps.db.user.createMany({
    data: crowd.map((username) => ({ username, email: username, password: '' })),
  });
  await callerOf(deps).auth.register({ username: guest, email: guest, password });
  return people;
}

const callerOf = (deps: Deps, token?: string) => server.createCaller({ deps, token, address: '127.0.0.1' });

/** Makes the rest, and returns what brings it back into this state before each measurement. */
export async function createWorld(deps: Deps, people: People): Promise<(kind?: Kind) => Promise<World>> {
  const { roomId, tokens } = people;
  const { startSession } = await sessions();
  const { sendRoomMessage } = await roomMessages();
  const as = (token: string | undefined) => callerOf(deps, token);
  const owner = as(tokens[0]);
  const maker = as(tokens[1]);

  const roomIds = [roomId];
  for (const name of otherRooms) roomIds.push((await owner.chat.createRoom({ name })).id);
  const [, , invitingRoomId = 0] = roomIds;
  for (const username of crowd.slice(0, 5)) {
    await owner.chat.removeMember({ roomId, username, ban: true });
    await owner.users.block({ username });
  }
  for (const token of tokens.slice(1, 11))
    for (let count = 0; count < 5; count += 1)
      await as(token).inbox.sendMessage({ recipient: 'user0', text });
  await owner.inbox.markAllRead();
  const { messages } = await owner.inbox.listMessages({ limit: 1 });
  const lastReadId = messages[0]?.id ?? 0;
  const { id: inboxId } = await maker.inbox.sendMessage({ recipient: 'user2', text });
  const { code: inviteCode } = await owner.chat.createInvite({ roomId });
  for (let count = 0; count < 2; count += 1)
    await startSession(deps, { username: 'user0', passwordHash: '', method: 'password' });
  for (let count = 0; count < 3; count += 1)
    await owner.auth.createToken({ name: 'script', scopes: ['chat:read'] });
  let turn = 0;

  async function newSession(username: string) {
    const token = await startSession(deps, { username, passwordHash: '', method: 'password' });
    const listed: { id: number; current: boolean }[] = await as(token).auth.listSessions();
    return { token, username, id: listed.find(({ current }) => current)?.id };
  }

  const make: Record<Kind, (username: string) => Promise<Fresh>> = {
    session: newSession,
    async accessToken(username) {
      const session = await newSession(username);
      const { id } = await as(session.token).auth.createToken({ name: 'script', scopes: ['chat:read'] });
      return { ...session, id };
    },
    async membership(username) {
      const session = await newSession(username);
      await as(session.token).chat.joinRoom({ name: crowdedRoom });
      return session;
    },
    /** With another member. */
    async room(username) {
      const { id } = await maker.chat.createRoom({ name: `${username} ${turn}` });
      await deps.db.roomMember.create({ data: { roomId: id, username: 'user2' } });
      return { roomId: id };
    },
    async invite() {
      const { id } = await owner.chat.createInvite({ roomId: invitingRoomId });
      return { id };
    },
    async inboxMessage() {
      const { id } = await maker.inbox.sendMessage({ recipient: 'user2', text });
      return { id };
    },
  };

  /** As many messages as the server holds, so that there are no others. */
  async function sendAll(): Promise<string[]> {
    const ids: string[] = [];
    for (let count = 0; count < deps.config.roomMessages.capacity; count += 1)
      ids.push((await sendRoomMessage(deps, { roomId, username: 'user1', text })).id);
    return ids;
  }

  async function pin(messageIds: string[]): Promise<void> {
    await deps.db.roomPin.deleteMany({ where: { roomId } });
    const places = messageIds.map((id) => id.split('-').map(BigInt));
    await deps.db.roomPin.createMany({
      data: places.map(([ms = 0n, seq = 0n]) => ({ roomId, ms, seq, pinnedBy: 'user0' })),
    });
  }

  return async (kind) => {
    turn += 1;
    await deps.db.room.deleteMany({ where: { id: { gt: Math.max(...roomIds) } } });
    await deps.db.roomInvite.deleteMany({ where: { roomId: invitingRoomId } });
    await deps.db.totp.deleteMany();
    const messageIds = await sendAll();
    await pin(messageIds.slice(0, 5));
    const fresh: Fresh[] = [];
    if (kind) for (const username of crowd) fresh.push(await make[kind](username));
    return { ...people, roomIds, messageIds, inboxId, lastReadId, inviteCode, turn, fresh };
  };
}
