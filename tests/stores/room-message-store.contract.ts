import { describe, expect, it } from 'vitest';
import {
  compareMessageIds,
  messageId,
  nextId,
  previousId,
  type RoomMessageLimits,
  roomMessage,
} from '../../src/server/infra/stores/room-message-store.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { describeChanges } from './room-message-changes.contract.ts';
import { checkAgainstArrays, type Open } from './room-message-store.model.ts';

/** What every room message store promises. Ids are taken from the store alone, as is their relation to time. */
/** A store may have no capacity. Then it takes any number of messages, and evicts none. */
type Eviction = 'oldest' | 'fair' | 'none';

export function describeRoomMessageStore(store: string, open: Open): void {
  describeWith(store, open, 'oldest');
  describeWith(`${store}, fair`, open, 'fair');
}

/** As for a ring, but for what is evicted. */
export function describeUnboundedStore(store: string, open: Open): void {
  describeWith(store, open, 'none');
}

function describeWith(name: string, open: Open, eviction: Eviction): void {
  const [isFair, isUnbounded] = [eviction === 'fair', eviction === 'none'];
  const onlyIf = (isSo: boolean) => (title: string, test: () => Promise<void>) => {
    if (isSo) it(title, test);
  };
  const itOfRings = onlyIf(!isUnbounded);
  const itOfPlainRings = onlyIf(eviction === 'oldest');
  const itOfFairRings = onlyIf(isFair);

  async function setup(limits: Partial<RoomMessageLimits> = {}) {
    const clock = fakeClock();
    const store = await open({ capacity: 100, ttlMs: 60_000, isFair, ...limits }, clock);
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
    it('returns the messages of a room, oldest first, and none of other rooms', async () => {
      const { store, say } = await setup();
      const here = [await say('one'), await say('two')];
      const there = await say('elsewhere', 2);
      expect(await store.list(1)).toEqual(here);
      expect(await store.list(2)).toEqual([there]);
      expect(await store.list(3)).toEqual([]);
    });

    it('sets the time of a message by the clock and keeps its text', async () => {
      const { clock, say } = await setup();
      const message = await say('hello', 7);
      const createdAt = new Date(clock());
      expect(message).toEqual({ id: message.id, roomId: 7, username: 'ada', text: 'hello', createdAt });
      expect(roomMessage.parse(message)).toEqual(message);
    });

    it('keeps whom a message mentions', async () => {
      const { store } = await setup();
      const all = [{ mentions: ['ada', 'bob'] }, { mentionsRoom: true as const }, {}];
      const draft = { roomId: 1, username: 'ada', text: 'hello' };
      for (const mentions of all) {
        const { message } = await store.appendNamed({ ...draft, ...mentions });
        expect(message).toMatchObject(mentions);
      }
      const kept = await store.list(1);
      expect(kept.map(({ id, createdAt, roomId, username, text, ...mentions }) => mentions)).toEqual(all);
      expect(kept.map((message) => roomMessage.parse(message))).toEqual(kept);
    });

    it('keeps what files a message has, over edits and for repeats', async () => {
      const { store } = await setup();
      const attachments = [
        { id: 'one', name: 'a.txt', size: 5, mediaType: 'text/plain' },
        { id: 'two', name: 'b.png', size: 7, mediaType: 'image/png', width: 2, height: 1, previews: [320] },
      ];
      const draft = { roomId: 1, username: 'ada', text: '', clientId: 'a', attachments };
      const { message } = await store.appendNamed(draft);
      expect(message.attachments).toEqual(attachments);
      expect(await store.list(1)).toEqual([message]);
      expect(roomMessage.parse(message)).toEqual(message);
      expect((await store.appendNamed(draft)).isRepeat).toBe(true);
      for (const other of [attachments.slice(0, 1), undefined])
        await expect(store.appendNamed({ ...draft, attachments: other })).rejects.toMatchObject({
          reason: 'CLIENT_ID_REUSED',
        });
      const { message: reply } = await store.appendNamed({
        ...{ roomId: 1, username: 'bob', text: 'nice' },
        replyTo: message.id,
      });
      expect(reply.replyTo).toEqual({ id: message.id, sender: 'ada', text: 'a.txt, b.png' });
      expect((await store.list(1)).at(-1)).toEqual(reply);
      const editedAt = new Date(0);
      await store.revise(1, message.id, () => ({ kind: 'edited', text: 'two files', editedAt }));
      expect((await store.find(1, message.id))?.attachments).toEqual(attachments);
      expect(
        (await store.appendNamed({ roomId: 1, username: 'ada', text: 'x', clientId: 'b' })).message,
      ).not.toHaveProperty('attachments');
    });

    it('keeps what a system message tells', async () => {
      const { store } = await setup();
      const draft = { roomId: 1, username: 'ada', text: 'dens', event: 'topic' as const };
      const { message } = await store.appendNamed(draft);
      expect(message).toMatchObject({ ...draft, kind: 'system' });
      await store.appendNamed({ roomId: 1, username: 'ada', text: '' });
      const [told, said] = await store.list(1);
      expect(told).toEqual(message);
      expect(said).not.toHaveProperty('kind');
      const reply = { roomId: 1, username: 'bob', text: 'yes', replyTo: message.id };
      await expect(store.appendNamed(reply)).rejects.toMatchObject({ reason: 'MESSAGE_NOT_FOUND' });
      expect(roomMessage.parse(told)).toEqual(message);
    });

    it('stores what its sender has named once, as long as it is held', async () => {
      const { clock, store, heard } = await setup({ ttlMs: 1000 });
      const draft = { roomId: 1, username: 'ada', text: 'once', clientId: 'a' };
      const sent = await Promise.all(Array.from({ length: 5 }, () => store.appendNamed(draft)));
      const [first] = sent;
      expect(sent.filter(({ isRepeat }) => !isRepeat)).toHaveLength(1);
      expect(sent.map(({ message }) => message)).toEqual(sent.map(() => first?.message));
      expect(await store.list(1)).toEqual([first?.message]);
      for (const other of [{ text: 'twice' }, { roomId: 2 }, { replyTo: first?.message.id }])
        await expect(store.appendNamed({ ...draft, ...other })).rejects.toMatchObject({
          reason: 'CLIENT_ID_REUSED',
        });
      await store.appendNamed({ ...draft, username: 'bob' });
      expect(await heard()).toEqual(['once', 'once']);
      clock.advance(1000);
      expect((await store.appendNamed({ ...draft, text: 'anew' })).isRepeat).toBe(false);
      await store.forgetRoom(1);
      expect((await store.appendNamed(draft)).isRepeat).toBe(false);
    });

    it('stores messages that arrive together as if one came after the other', async () => {
      const { store } = await setup();
      const draft = { roomId: 1, username: 'ada', text: 'once', clientId: 'a' };
      const plain = (text: string, roomId = 1) => ({ roomId, username: 'bob', text });
      const sent = await Promise.allSettled([
        store.appendNamed(plain('before')),
        store.appendNamed(draft),
        store.appendNamed({ ...plain('reply'), replyTo: '1-1' }),
        store.appendNamed(plain('elsewhere', 2)),
        store.appendNamed({ ...draft, clientId: 'b' }),
        store.appendNamed(draft),
      ]);
      const stored = sent
        .flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
        .filter(({ isRepeat }) => !isRepeat)
        .map(({ message }) => message)
        .sort((a, b) => compareMessageIds(a.id, b.id));
      expect(stored.map(({ text }) => text).sort()).toEqual(['before', 'elsewhere', 'once', 'once']);
      expect(sent.filter(({ status }) => status === 'rejected')).toMatchObject([
        { reason: { reason: 'MESSAGE_NOT_FOUND' } },
      ]);
      expect(await store.list(1)).toEqual(stored.filter(({ roomId }) => roomId === 1));
      expect(await store.list(2)).toEqual(stored.filter(({ roomId }) => roomId === 2));
      await expect(store.appendNamed({ ...draft, text: 'another' })).rejects.toMatchObject({
        reason: 'CLIENT_ID_REUSED',
      });
    });

    itOfRings('forgets the names of evicted messages', async () => {
      const { store, say } = await setup({ capacity: 2 });
      const draft = { roomId: 1, username: 'ada', text: 'once', clientId: 'a' };
      await store.appendNamed(draft);
      await say('second');
      expect((await store.appendNamed(draft)).isRepeat).toBe(true);
      await say('third');
      expect((await store.appendNamed(draft)).isRepeat).toBe(false);
    });

    itOfRings('shows with a reply how the other message begins, as long as that is held', async () => {
      const { store, say, heard } = await setup({ capacity: 3 });
      const { id } = await say(`${'x'.repeat(139)}😀…`);
      const elsewhere = await say('elsewhere', 2);
      const reply = { roomId: 1, username: 'bob', text: 'yes', replyTo: id };
      const { message } = await store.appendNamed(reply);
      expect(message.replyTo).toEqual({ id, sender: 'ada', text: 'x'.repeat(139) });
      expect((await store.list(1)).at(-1)).toEqual(message);
      await say('evicts it', 2);
      expect((await store.list(1)).map(({ replyTo }) => replyTo)).toEqual([{ id, deleted: true }]);
      for (const gone of [id, elsewhere.id, '1-1'])
        await expect(store.appendNamed({ ...reply, replyTo: gone })).rejects.toMatchObject({
          reason: 'MESSAGE_NOT_FOUND',
        });
      expect(await heard()).toEqual(['yes']);
    });

    itOfPlainRings('evicts the oldest message of any room when full', async () => {
      const { store, say, heard } = await setup({ capacity: 2 });
      await say('first', 1);
      await say('second', 2);
      await say('third', 2);
      expect([await heard(1), await heard(2), store.size()]).toEqual([[], ['second', 'third'], 2]);
    });

    itOfFairRings('evicts the oldest message of the room that holds the most when full', async () => {
      const { store, say, heard } = await setup({ capacity: 4 });
      for (const roomId of [1, 2, 2, 3]) await say('old', roomId);
      await say('new', 2);
      expect([await heard(1), await heard(2), await heard(3)]).toEqual([['old'], ['old', 'new'], ['old']]);
      // All rooms now hold two, or none: of them, the first has the oldest message.
      await store.forgetRoom(3);
      await say('old', 1);
      await say('new', 3);
      expect([await heard(1), await heard(2), await heard(3)]).toEqual([['old'], ['old', 'new'], ['new']]);
      expect(store.size()).toBe(4);
    });

    itOfRings(
      `${isFair ? 'keeps' : 'does not keep'} the messages of a quiet room beside a busy one`,
      async () => {
        const { store, say, heard, caughtUp } = await setup({ capacity: 100 });
        const start = await store.newestId();
        const quiet = ['one', 'two', 'three', 'four', 'five'];
        for (const text of quiet) await say(text, 1);
        for (let count = 1; count <= 1000; count += 1) await say(`${count}`, 2);
        expect(await caughtUp(start, 1)).toEqual(isFair ? ['whole', ...quiet] : ['gap']);
        expect((await caughtUp(start, 2))[0]).toBe('gap');
        expect((await heard(2)).length).toBe(isFair ? 95 : 100);
        expect((await heard(2)).at(-1)).toBe('1000');
        expect(store.size()).toBe(100);
      },
    );

    itOfFairRings('leaves each of two rooms at least half', async () => {
      const { say, heard } = await setup({ capacity: 10 });
      for (let count = 1; count <= 10; count += 1) await say(`${count}`, 1);
      for (let count = 1; count <= 20; count += 1) await say(`${count}`, 2);
      expect(await heard(1)).toEqual(['6', '7', '8', '9', '10']);
      expect(await heard(2)).toEqual(['16', '17', '18', '19', '20']);
    });

    it('finds a message by its id, as it is listed, in its room alone and until it expires', async () => {
      const { clock, store, say } = await setup({ ttlMs: 1000 });
      const before = await say('before');
      const { id } = await say('hello');
      const reply = await store.appendNamed({ roomId: 1, username: 'bob', text: 'yes?', replyTo: id });
      await say('after');
      const found = () => Promise.all([before.id, id, reply.message.id].map((each) => store.find(1, each)));
      expect(await found()).toEqual((await store.list(1)).slice(0, 3));
      expect(await store.find(2, id)).toBeUndefined();
      for (const other of ['1-0', previousId(id), nextId(id), '999999999999999-0'])
        if (other !== before.id && other !== reply.message.id)
          expect(await store.find(1, other)).toBeUndefined();
      clock.advance(1000);
      await say('later');
      expect(await found()).toEqual([undefined, undefined, undefined]);
    });

    it('returns a message until it expires, and not afterwards', async () => {
      const { clock, say, heard } = await setup({ ttlMs: 1000 });
      await say('brief');
      clock.advance(999);
      expect(await heard()).toEqual(['brief']);
      clock.advance(1);
      expect(await heard()).toEqual([]);
    });

    it('assigns increasing ids and true times although the clock is set back', async () => {
      const { clock, say } = await setup();
      const before = await say('before');
      clock.advance(-5000);
      const after = await say('after');
      expect(compareMessageIds(before.id, after.id)).toBeLessThan(0);
      expect(after.createdAt).toEqual(new Date(clock()));
    });

    it('never returns an expired message, even if an older one has a later time', async () => {
      const { clock, say, heard, caughtUp } = await setup({ ttlMs: 1000 });
      const { id } = await say('dated by a clock that was fast');
      clock.advance(-5000);
      await say('dated rightly');
      clock.advance(1000);
      expect(await heard()).toEqual(['dated by a clock that was fast']);
      expect(await caughtUp(id)).toEqual(['gap']);
    });

    itOfRings('frees the space of a deleted room', async () => {
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
    it('resumes after an id, held or evicted, of this room or another', async () => {
      const { say, heard } = await setup({ capacity: 3 });
      const dropped = await say('dropped');
      const elsewhere = await say('elsewhere', 2);
      const held = await say('held');
      await say('newest');
      expect(await heard(1, dropped.id)).toEqual(['held', 'newest']);
      expect(await heard(1, elsewhere.id)).toEqual(['held', 'newest']);
      expect(await heard(1, held.id)).toEqual(['newest']);
    });

    it('resumes after an id that was never assigned', async () => {
      const { say, heard } = await setup();
      const { id } = await say('held');
      expect(await heard(1, '0-0')).toEqual(['held']);
      const notYet = id.replace(/\d+$/, (seq) => `${Number(seq) + 7}`);
      expect(await heard(1, notYet)).toEqual([]);
      expect(await heard(1, '999999999999999-0')).toEqual([]);
    });

    it('reports a gap after an id that was never assigned, and returns all held messages', async () => {
      const { say, caughtUp } = await setup();
      expect(await caughtUp('999999999999999-0')).toEqual(['gap']);
      const { id } = await say('held');
      const notYet = id.replace(/\d+$/, (seq) => `${Number(seq) + 7}`);
      expect(await caughtUp(notYet)).toEqual(['gap', 'held']);
      expect(await caughtUp('999999999999999-0')).toEqual(['gap', 'held']);
      expect(await caughtUp(id)).toEqual(['whole']);
    });

    it('returns a position after all stored messages and before all new ones, even while empty', async () => {
      const { store, say, caughtUp } = await setup();
      const first = messageId.parse(await store.newestId());
      await say('one');
      expect(await caughtUp(first)).toEqual(['whole', 'one']);
      const second = messageId.parse(await store.newestId());
      await say('two');
      expect(await caughtUp(second)).toEqual(['whole', 'two']);
    });

    it('tells with what was missed up to where that is all', async () => {
      const { store, say, caughtUp } = await setup();
      const start = await store.newestId();
      await say('one');
      await say('elsewhere', 2);
      const { newestId } = await store.since(1, start);
      expect(newestId).toBe(await store.newestId());
      expect((await store.since(3, start)).newestId).toBe(newestId);
      expect((await store.since(1, '999999999999999-0')).newestId).toBe(newestId);
      await say('two');
      expect(await caughtUp(newestId)).toEqual(['whole', 'two']);
    });

    it.each([
      ...(isUnbounded ? [] : [['crowded out', { capacity: 2 }, 0] as const]),
      ['expired', { ttlMs: 1000 }, 1000] as const,
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

    itOfRings('reports no gap for what another room lost, or a deleted one', async () => {
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

  describeChanges(name, open, { isFair, isUnbounded });

  it(`${name}: agrees with an array that filters, whatever happens in whatever order`, async () => {
    await checkAgainstArrays(open, { isFair, isUnbounded });
  });
}
