import { startMirage } from '../support/harness.ts';
import { outcomes } from '../support/refusal.ts';

/** Everybody that a room can know, or not know. */
export const persons = ['owner', 'moderator', 'member', 'former', 'banned', 'stranger'] as const;
export type Person = (typeof persons)[number];

type Mirage = Awaited<ReturnType<typeof startMirage>>;
export type Chat = Awaited<ReturnType<Mirage['user']>>['client']['chat'];

/** A room `den` in which they are what they are called. A password makes it private. */
export async function startPeople(
  settings: Parameters<typeof startMirage>[0] = {},
  password?: string,
  history?: 'kept',
) {
  // What people say is in no other company, unless a test asks for it.
  const mirage = await startMirage({ systemMessages: 'off', ...settings });
  const users = {} as Record<Person, Awaited<ReturnType<typeof mirage.user>>>; // safe: filled at once
  for (const person of persons) users[person] = await mirage.user(person);
  const chat = (person: Person): Chat => users[person].client.chat;
  const room = { name: 'den', ...(password !== undefined && { password }) };
  const { id: roomId } = await chat('owner').createRoom.mutate({ ...room, ...(history && { history }) });
  for (const person of ['moderator', 'member', 'former', 'banned'] as const)
    await chat(person).joinRoom.mutate(room);
  await chat('owner').setRole.mutate({ roomId, username: 'moderator', role: 'moderator' });
  await chat('former').leaveRoom.mutate({ roomId });
  await chat('owner').removeMember.mutate({ roomId, username: 'banned', ban: true });

  /** What the call gives each of them, in the order of above. */
  async function askAll(call: (chat: Chat, person: Person) => Promise<unknown>): Promise<string[]> {
    const results: string[] = [];
    for (const person of persons) results.push(...(await outcomes([call(chat(person), person)])));
    return results;
  }

  /** `{ ada: 'owner' }`, in order of joining. */
  async function rolesOf(id = roomId): Promise<Record<string, string>> {
    const rows = await mirage.deps.db.roomMember.findMany({ where: { roomId: id }, orderBy: { id: 'asc' } });
    return Object.fromEntries(rows.map(({ username, role }) => [username, role]));
  }

  return { ...mirage, users, chat, roomId, room, askAll, rolesOf };
}

/** Those who are no members are told so, whatever they ask for. */
export const insiders = (owner: string, moderator: string, member: string): string[] => [
  owner,
  moderator,
  member,
  'NOT_A_MEMBER',
  'NOT_A_MEMBER',
  'NOT_A_MEMBER',
];
