import { type Deps, sessions } from './built.ts';

export interface People {
  usernames: string[];
  /** In the same order as the names. */
  tokens: string[];
  roomId: number;
}

/** Logged-in users, all in one room. They have no passwords, because hashing those would take most of the time. */
export async function settle(deps: Deps, count: number): Promise<People> {
  const { startSession } = await sessions();
  const usernames = Array.from({ length: count }, (_, index) => `user${index}`);
  await deps.db.user.createMany({
    data: usernames.map((username) => ({ username, email: `${username}@example.com`, password: '' })),
  });
  const tokens: string[] = [];
  for (const username of usernames) {
    const token = await startSession(deps, { username, passwordHash: '' });
    if (token !== undefined) tokens.push(token);
  }
  const { id: roomId } = await deps.db.room.create({ data: { name: 'bench', createdBy: 'user0' } });
  await deps.db.roomMember.createMany({ data: usernames.map((username) => ({ roomId, username })) });
  return { usernames, tokens, roomId };
}
