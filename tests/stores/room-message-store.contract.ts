import { describe, expect, it } from 'vitest';
import {
  compareMessageIds,
  messageId,
  type RoomMessageLimits,
  roomMessage,
} from '../../src/server/stores/room-message-store.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { checkAgainstArrays, type Open } from './room-message-store.model.ts';

/** What every room message store promises. Ids are taken from the store alone, as is their relation to time. */
export function describeRoomMessageStore(name: string, open: Open): void {
  async function setup(limits: Partial<RoomMessageLimits> = {}) {
    const clock = fakeClock();
    const store = await open({ capacity: 100, ttlMs: 60_000, ...limits }, clock);
    const say = (text: string, roomId = 1) => store.append({ roomId, username: 'ada', text });
    const heard = async (roomId = 1, after?: string) =>
      (await store.list(roomId, after)).map(({ text }) => text);
    const caughtUp = async (after: string, roomId = 1) => {
      const { messages, gap } = await store.since(roomId, after);
      return [gap ? 'gap' : 'whole', ...messages.map(({ text }) => text)];
    };
    return { clock, store, say, heard, caughtUp };
  }

  describe(`${name}: holding messages`, () => {
    it('gives a room its messages back, oldest first, and no other room', async () => {
      const { store, say } = await setup();
      const here = [await say('one'), await say('two')];
      const there = await say('elsewhere', 2);
      expect(await store.list(1)).toEqual(here);
      expect(await store.list(2)).toEqual([there]);
      expect(await store.list(3)).toEqual([]);
    });

    it('dates a message by the clock and keeps what was said', async () => {
      const { clock, say } = await setup();
      const message = await say('hello', 7);
      const createdAt = new Date(clock());
      expect(message).toEqual({ id: message.id, roomId: 7, username: 'ada', text: 'hello', createdAt });
      expect(roomMessage.parse(message)).toEqual(message);
    });

    it('drops the oldest message of any room once full', async () => {
      const { store, say, heard } = await setup({ capacity: 2 });
      await say('first', 1);
      await say('second', 2);
      await say('third', 2);
      expect([await heard(1), await heard(2), store.size()]).toEqual([[], ['second', 'third'], 2]);
    });

    it('gives a message back until its time is up, and not a moment longer', async () => {
      const { clock, say, heard } = await setup({ ttlMs: 1000 });
      await say('brief');
      clock.advance(999);
      expect(await heard()).toEqual(['brief']);
      clock.advance(1);
      expect(await heard()).toEqual([]);
    });

    it('numbers messages upwards and dates them truly though the clock goes back', async () => {
      const { clock, say } = await setup();
      const before = await say('before');
      clock.advance(-5000);
      const after = await say('after');
      expect(compareMessageIds(before.id, after.id)).toBeLessThan(0);
      expect(after.createdAt).toEqual(new Date(clock()));
    });

    it('never gives an expired message back, though an older one was dated later', async () => {
      const { clock, say, heard, caughtUp } = await setup({ ttlMs: 1000 });
      const { id } = await say('dated by a clock that was fast');
      clock.advance(-5000);
      await say('dated rightly');
      clock.advance(1000);
      expect(await heard()).toEqual(['dated by a clock that was fast']);
      expect(await caughtUp(id)).toEqual(['gap']);
    });

    it('forgets a deleted room, whose messages then take no space', async () => {
      const { store, say, heard } = await setup({ capacity: 3 });
      await say('kept', 1);
      await say('deleted', 2);
      await say('kept too', 1);
      await store.forgetRoom(2);
      expect([await heard(1), await heard(2), store.size()]).toEqual([['kept', 'kept too'], [], 2]);
      await say('new', 1);
      expect(await heard(1)).toEqual(['kept', 'kept too', 'new']);
    });
  });

  describe(`${name}: resuming`, () => {
    it('goes on after an id, held or dropped, of this room or another', async () => {
      const { say, heard } = await setup({ capacity: 3 });
      const dropped = await say('dropped');
      const elsewhere = await say('elsewhere', 2);
      const held = await say('held');
      await say('newest');
      expect(await heard(1, dropped.id)).toEqual(['held', 'newest']);
      expect(await heard(1, elsewhere.id)).toEqual(['held', 'newest']);
      expect(await heard(1, held.id)).toEqual(['newest']);
    });

    it('goes on after an id that never was', async () => {
      const { say, heard } = await setup();
      const { id } = await say('held');
      expect(await heard(1, '0-0')).toEqual(['held']);
      const notYet = id.replace(/\d+$/, (seq) => `${Number(seq) + 7}`);
      expect(await heard(1, notYet)).toEqual([]);
      expect(await heard(1, '999999999999999-0')).toEqual([]);
    });

    it('names a position after all that is stored and before all that comes, even while empty', async () => {
      const { store, say, caughtUp } = await setup();
      const first = messageId.parse(await store.newestId());
      await say('one');
      expect(await caughtUp(first)).toEqual(['whole', 'one']);
      const second = messageId.parse(await store.newestId());
      await say('two');
      expect(await caughtUp(second)).toEqual(['whole', 'two']);
    });

    it.each([
      ['crowded out', { capacity: 2 }, 0],
      ['expired', { ttlMs: 1000 }, 1000],
    ])('reports a gap when what was missed has been %s', async (_, limits, pause) => {
      const { clock, say, caughtUp } = await setup(limits);
      const seen = await say('seen');
      const missed = await say('missed');
      clock.advance(pause);
      await say('held');
      await say('newest');
      expect(await caughtUp(seen.id)).toEqual(['gap', 'held', 'newest']);
      expect(await caughtUp(missed.id)).toEqual(['whole', 'held', 'newest']);
    });

    it('reports no gap for what another room lost, or a deleted one', async () => {
      const { store, say, caughtUp } = await setup({ capacity: 1 });
      const { id } = await say('seen', 1);
      await say('crowded out', 2);
      await say('held', 3);
      expect(await caughtUp(id, 1)).toEqual(['whole']);
      expect(await caughtUp(id, 2)).toEqual(['gap']);
      await store.forgetRoom(2);
      expect(await caughtUp(id, 2)).toEqual(['whole']);
    });
  });

  it(`${name}: agrees with an array that filters, whatever happens in whatever order`, async () => {
    await checkAgainstArrays(open);
  });
}
