import { type Deps, sessions } from './built.ts';

export interface People {
  usernames: string[];
  /** In the same order as the names. */
  tokens: string[];
  roomId: number;
}

/** Logged-in users, all in one room. */
export async function settle(deps: Deps, count: number): Promise<People> {
  const users = await addUsers(deps, count);
  return { ...users, roomId: await addRoom(deps, 'bench', users.usernames) };
}

/** Logged-in users. They have no passwords, because hashing those would take most of the time. */
export async function addUsers(deps: Deps, count: number): Promise<Omit<People, 'roomId'>> {
  const { startSession } = await sessions();
  const usernames = Array.from({ length: count }, (_, index) => `user${index}`);
  await deps.db.user.createMany({
    data: usernames.map((username) => ({ username, email: `${username}@example.com`, password: '' })),
  });
  const tokens = await Promise.all(
    usernames.map((username) => startSession(deps, { username, passwordHash: '', method: 'password' })),
  );
  return { usernames, tokens: tokens.filter((token) => token !== undefined) };
}

/** A room with these members. */
export async function addRoom(deps: Deps, name: string, usernames: string[]): Promise<number> {
  const { id: roomId } = await deps.db.room.create({ data: { name, createdBy: 'user0' } });
  await deps.db.roomMember.createMany({ data: usernames.map((username) => ({ roomId, username })) });
  return roomId;
}
