import { expect, it } from 'vitest';
import { collectGarbage } from '../support/collect-garbage.ts';
import { roomCount, startWithRooms } from '../support/many-rooms.ts';

it('needs at most 64 KB of memory for the subscription of a user with 1,000 rooms', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `user${index}`);
  const { deps, users } = await startWithRooms(names);
  /** Once what has ended is gone, which takes a few turns on a busy machine. */
  const used = async () => {
    for (let last = Number.POSITIVE_INFINITY; ; ) {
      await collectGarbage();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      const now = heapUsed + arrayBuffers;
      if (now > last - 10_000) return now;
      last = now;
    }
  };
  const follow = async (username: string) => {
    const source = deps.roomFeed.source(username);
    const subscription = await deps.hub.open(
      `rooms:${username}`,
      source,
      { username, sessionId: 1 },
      { after: undefined, signal: undefined },
    );
    const complete = new Promise<void>((resolve) => {
      subscription.attach({
        send(batch) {
          if (JSON.stringify(batch.events.at(-1)?.data).includes('"complete":true')) resolve();
          return true;
        },
        drained: async () => {},
        drop() {},
      });
    });
    await complete;
    return subscription;
  };
  const first = await follow('user0'); // whatever is made once
  const before = await used();
  const rest = [];
  for (const { username } of users.slice(1)) rest.push(await follow(username));
  const each = ((await used()) - before) / rest.length;
  expect(each).toBeLessThan(64 * 1024);
  expect(each).toBeGreaterThan(4 * roomCount);
  for (const subscription of [first, ...rest]) subscription.end();
});
