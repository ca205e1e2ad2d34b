import { startMirage } from './harness.ts';

export const roomCount = 1000;

/** Users who have all joined the same rooms. */
export async function startWithRooms(usernames: string[]) {
  const mirage = await startMirage({ roomMessages: { capacity: 20_000, ttlMs: 3_600_000 } });
  const { deps } = mirage;
  const users = await Promise.all(usernames.map((name) => mirage.user(name)));
  const ids = Array.from({ length: roomCount }, (_, index) => index + 1);
  await deps.db.room.createMany({ data: ids.map((id) => ({ id, name: `room ${id}`, createdBy: 'alice' })) });
  for (const username of usernames)
    await deps.db.roomMember.createMany({ data: ids.map((roomId) => ({ roomId, username })) });
  return { ...mirage, users, ids };
}
