import { expect, it } from 'vitest';
import { createCaller } from '../../src/server/api/app-router.ts';
import { openFront } from '../support/dispatcher.ts';
import { type IdReader, readBySocket, readByStream } from '../support/id-readers.ts';
import { startRoom } from '../support/live.ts';

const bound = 1024 * 1024;
const allowance = 2 * 1024 * 1024;

it.each([
  ['WebSocket', readBySocket, 4008],
  ['event stream', readByStream, 0],
])(
  'lets go of one %s in a hundred that does not read, and serves it the rest when it is back',
  async (_, open, code) => {
    const { deps, alice, bob, roomId } = await startRoom({
      roomMessages: { capacity: 100_000, ttlMs: 3_600_000 },
    });
    const { url, sockets } = await openFront(deps);
    const readable = { url, token: bob.token, roomId };
    const readers = await Promise.all(
      Array.from({ length: 99 }, (_, index) => (index % 2 ? readBySocket(readable) : readByStream(readable))),
    );
    const stalled = await open(readable);
    await expect.poll(() => deps.hub.size).toBe(100);

    const caller = createCaller({ deps, token: alice.token, address: '' });
    const said: string[] = [];
    let backlog = 0;
    /** Goes on when all who read have read, so that whoever is dropped is one who does not. */
    async function say(count: number) {
      for (let n = 0; n < count; n += 1) {
        const { id } = await caller.chat.sendMessage({ roomId, text: 'x'.repeat(16_000) });
        said.push(id);
      }
      await Promise.all(readers.map(({ until, ids }) => until(() => ids.length === said.length)));
      backlog = Math.max(backlog, ...[...sockets].map(({ writableLength }) => writableLength));
    }
    await say(1);
    await stalled.until(() => stalled.ids.length === 1);
    stalled.pause();
    while (deps.hub.drops === 0 && said.length < 3000) await say(5);
    await say(5);

    expect([deps.hub.drops, deps.hub.size]).toEqual([1, 99]);
    for (const { ids, closes } of readers) expect([ids, closes]).toEqual([said, []]);
    expect(backlog).toBeGreaterThan(bound / 2);
    expect(backlog).toBeLessThan(bound + allowance);

    stalled.resume();
    await stalled.until(() => stalled.closes.length > 0);
    expect(stalled.closes).toEqual([code]);
    const again = await open({ ...readable, lastEventId: stalled.ids.at(-1) });
    await again.until(() => stalled.ids.length + again.ids.length >= said.length);
    expect([...stalled.ids, ...again.ids]).toEqual(said);
    await caller.chat.sendMessage({ roomId, text: 'all is well' });
    const everybody: IdReader[] = [...readers, again];
    await Promise.all(everybody.map(({ until, ids }) => until(() => ids.at(-1) !== said.at(-1))));
  },
  60_000,
);
