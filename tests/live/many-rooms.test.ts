import { expect, it } from 'vitest';
import { liveClient } from '../support/live-client.ts';
import { roomCount, startWithRooms } from '../support/many-rooms.ts';

it('follows 1,000 rooms with one subscription, and is told at most ten times a second of each', async () => {
  const { deps, url, users, ids } = await startWithRooms(['alice', 'bob']);
  const following = liveClient({ url, token: users[0]?.token ?? '' }).rooms();
  await following.until(() => following.words.includes('state'));
  const states = following.events.length;
  expect(deps.hub.size).toBe(1);
  const startedAt = performance.now();
  const last = new Map<number, number>();
  for (let round = 1; round <= 10; round += 1)
    for (const roomId of ids) await deps.roomMessages.append({ roomId, username: 'bob', text: `${round}` });
  for (let round = 1; round <= 10; round += 1) for (const roomId of ids) deps.roomFeed.touch(roomId);
  await following.until(() => {
    const events = following.events as { type?: string; roomId?: number; unread?: number }[];
    for (const { type, roomId, unread } of events.slice(states))
      if (type === 'unread' && roomId !== undefined) last.set(roomId, unread ?? 0);
    return last.size === roomCount && [...last.values()].every((unread) => unread === 10);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const told = new Map<number, number>();
  for (const { roomId } of following.events.slice(states) as { roomId: number }[])
    told.set(roomId, (told.get(roomId) ?? 0) + 1);
  expect(Math.max(...told.values())).toBeLessThanOrEqual(Math.ceil(10 * seconds) + 1);
});
