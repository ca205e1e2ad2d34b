import { describe, expect, it } from 'vitest';
import type { OpenDb } from '../../src/server/infra/db/database.ts';
import {
  createKeptMessageStore,
  type KeptMessageStore,
} from '../../src/server/infra/stores/kept-message-store.ts';
import {
  compareMessageIds,
  type RoomMessageStore,
} from '../../src/server/infra/stores/room-message-store.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { describeUnboundedStore } from './room-message-store.contract.ts';

/** What a store of kept messages promises beyond the contract of all stores, in a database that `openDatabase` gives. */
export function describeKeptMessageStore(name: string, openDatabase: () => Promise<OpenDb>): void {
  let opened: Promise<OpenDb> | undefined;

  /** The rooms 1 to 9, kept and empty, in a database for all tests. */
  async function openStore(
    clock: FakeClock,
    { listed = 1_000_000, ttlMs }: { listed?: number; ttlMs?: number } = {},
  ): Promise<KeptMessageStore & { database: OpenDb }> {
    opened ??= openDatabase();
    const database = await opened;
    const { db, sql, kept: statements } = database;
    await db.keptMessage.deleteMany();
    await db.keptChange.deleteMany();
    await db.room.deleteMany();
    const rooms = Array.from({ length: 9 }, (_, index) => index + 1);
    await db.room.createMany({
      data: rooms.map((id) => ({ id, name: `room ${id}`, history: 'kept', createdAt: new Date(0) })),
    });
    return { database, ...createKeptMessageStore({ sql, statements, clock, listed, ttlMs }) };
  }

  describeUnboundedStore(name, (limits, clock) => openStore(clock, { ttlMs: limits.ttlMs }));

  /** Sweeps before each use, and goes on as another server would. */
  async function openSwept(clock: FakeClock, ttlMs: number): Promise<RoomMessageStore> {
    const { database } = await openStore(clock, { ttlMs });
    const { sql, kept: statements } = database;
    async function swept() {
      const store = createKeptMessageStore({ sql, statements, clock, listed: 1_000_000, ttlMs });
      await store.sweep();
      return store;
    }
    return {
      append: async (draft) => (await swept()).append(draft),
      appendNamed: async (draft) => (await swept()).appendNamed(draft),
      list: async (roomId, after) => (await swept()).list(roomId, after),
      find: async (roomId, id) => (await swept()).find(roomId, id),
      since: async (roomId, after, limit) => (await swept()).since(roomId, after, limit),
      isDeleted: async (sent) => (await swept()).isDeleted(sent),
      revise: async (roomId, id, decide) => (await swept()).revise(roomId, id, decide),
      newestId: async () => (await swept()).newestId(),
      forgetRoom: async (roomId) => (await swept()).forgetRoom(roomId),
      size: () => 0,
    };
  }

  describeUnboundedStore(`${name}, swept all the time`, ({ ttlMs }, clock) => openSwept(clock, ttlMs));

  describe(`${name}: keeping messages`, () => {
    async function setup(options: { listed?: number; ttlMs?: number } = {}) {
      const clock = fakeClock();
      const store = await openStore(clock, options);
      const say = async (text: string, roomId = 1) =>
        (await store.append({ roomId, username: 'ada', text })).id;
      return { clock, store, say, db: store.database.db };
    }
    const texts = (messages: { text: string }[]) => messages.map(({ text }) => text);

    it('finds a message in one statement, however many expired ones follow it', async () => {
      const { store, say, clock } = await setup({ ttlMs: 1000 });
      const { sql, kept: statements } = store.database;
      const id = await say('first');
      for (let number = 0; number < 50; number += 1) await say(String(number));
      clock.advance(1000);
      const live = await say('live');
      let asked = 0;
      const counting = (query: Parameters<typeof sql>[0]) => {
        asked += 1;
        return sql(query);
      };
      const counted = createKeptMessageStore({
        sql: Object.assign(counting, sql),
        statements,
        clock,
        listed: 10,
        ttlMs: 1000,
      });
      expect(await counted.find(1, id)).toBeUndefined();
      expect((await counted.find(1, live))?.text).toBe('live');
      expect(asked).toBe(2);
    });

    it('keeps all messages, and lists the newest', async () => {
      const { store, say } = await setup({ listed: 3 });
      const ids: string[] = [];
      for (let number = 0; number < 250; number += 1) ids.push(await say(String(number)));
      expect(ids).toEqual([...ids].sort(compareMessageIds));
      expect(texts(await store.list(1))).toEqual(['247', '248', '249']);
      expect(texts(await store.list(1, ids[0]))).toEqual(['247', '248', '249']);
      expect(texts(await store.list(1, ids[248]))).toEqual(['249']);
      const { messages, gap } = await store.since(1, ids[0] as string);
      expect([messages.length, gap]).toEqual([249, false]);
      expect(texts(await store.listBefore(1, ids[240], 220))).toEqual(
        Array.from({ length: 220 }, (_, index) => String(index + 20)),
      );
      expect(texts(await store.listAfter(1, ids[20] as string, 220))).toEqual(
        Array.from({ length: 220 }, (_, index) => String(index + 21)),
      );
      expect(texts(await store.listBefore(1, undefined, 2))).toEqual(['248', '249']);
    });

    it('gives rising ids to all that arrive together, in the order of arrival', async () => {
      const { clock, store } = await setup();
      const senders = Array.from({ length: 40 }, (_, index) => `user ${index}`);
      const send = (username: string, index: number) =>
        store.append({ roomId: 1 + (index % 3), username, text: username });
      const first = await Promise.all(senders.map(send));
      clock.advance(-3_600_000);
      const second = await Promise.all(senders.map(send));
      const ids = [...first, ...second].map(({ id }) => id);
      expect(ids).toEqual([...ids].sort(compareMessageIds));
      expect(new Set(ids).size).toBe(80);
      expect(await store.newestId()).toBe(ids.at(-1));
    });

    it('never gives an id again, though all messages are gone and the clock is set back', async () => {
      const { clock, store, say } = await setup();
      const id = await say('gone');
      await store.forgetRoom(1);
      clock.advance(-3_600_000);
      const { sql, kept: statements } = store.database;
      const restarted = createKeptMessageStore({ sql, statements, clock, listed: 9 });
      const next = await restarted.append({ roomId: 1, username: 'ada', text: 'new' });
      expect(compareMessageIds(id, next.id)).toBeLessThan(0);
    });

    it('shows with a reply how the other message begins, until that expires', async () => {
      const { clock, store, say } = await setup({ ttlMs: 1000 });
      const id = await say(`${'x'.repeat(139)}😀…`);
      const elsewhere = await say('elsewhere', 2);
      clock.advance(500);
      const reply = { roomId: 1, username: 'bob', text: 'yes', replyTo: id, clientId: 'a' };
      const { message } = await store.appendNamed(reply);
      expect(message.replyTo).toEqual({ id, sender: 'ada', text: 'x'.repeat(139) });
      expect((await store.list(1)).at(-1)).toEqual(message);
      clock.advance(500);
      expect((await store.list(1)).map(({ replyTo }) => replyTo)).toEqual([{ id, deleted: true }]);
      expect(await store.appendNamed(reply)).toMatchObject({ isRepeat: true, message: { id: message.id } });
      for (const gone of [id, elsewhere, '1-1'])
        await expect(store.appendNamed({ ...reply, clientId: 'b', replyTo: gone })).rejects.toMatchObject({
          reason: 'MESSAGE_NOT_FOUND',
        });
    });

    it('expires messages after the lifespan of their room, or that of the server if that is shorter', async () => {
      const { clock, store, say, db } = await setup({ ttlMs: 5000 });
      await db.room.update({ where: { id: 1 }, data: { lifespanSeconds: 1 } });
      await db.room.update({ where: { id: 2 }, data: { lifespanSeconds: 60 } });
      const ids = [await say('brief', 1), await say('as the server says', 2), await say('likewise', 3)];
      clock.advance(1000);
      expect((await Promise.all([1, 2, 3].map((id) => store.list(id)))).map(texts)).toEqual([
        [],
        ['as the server says'],
        ['likewise'],
      ]);
      expect(await store.since(1, '0-0')).toMatchObject({ messages: [], changes: [], gap: true });
      expect(await store.since(2, '0-0')).toMatchObject({ gap: false });
      await store.sweep();
      expect(await db.keptMessage.count()).toBe(2);
      expect(await store.since(1, '0-0')).toMatchObject({ messages: [], changes: [], gap: true });
      expect(await store.since(1, ids[0] as string)).toMatchObject({ messages: [], changes: [], gap: false });
      clock.advance(4000);
      await store.sweep();
      expect(await db.keptMessage.count()).toBe(0);
    });

    it('deletes more than one statement does, and no message of other rooms', async () => {
      const { clock, store, say, db } = await setup({ ttlMs: 1000 });
      const add = (roomId: number, count: number) =>
        Promise.all(Array.from({ length: count }, (_, index) => say(String(index), roomId)));
      await add(1, 1100);
      await add(2, 600);
      clock.advance(1000);
      await add(1, 3);
      await store.sweep();
      expect(await db.keptMessage.groupBy({ by: ['roomId'], _count: true })).toEqual([
        { roomId: 1, _count: 3 },
      ]);
      await add(2, 700);
      await db.room.delete({ where: { id: 2 } });
      await store.sweep();
      expect(await db.keptMessage.groupBy({ by: ['roomId'], _count: true })).toEqual([
        { roomId: 1, _count: 3 },
      ]);
    });

    it('takes no message for a room that is gone or not kept, and all others of the same commit', async () => {
      const { store, db } = await setup();
      await db.room.delete({ where: { id: 2 } });
      await db.room.update({ where: { id: 3 }, data: { history: 'ephemeral' } });
      const sent = await Promise.allSettled(
        [1, 2, 1, 3, 1].map((roomId, index) =>
          store.append({ roomId, username: 'ada', text: String(index) }),
        ),
      );
      expect(sent.map((result) => (result.status === 'rejected' ? result.reason.reason : 'sent'))).toEqual([
        'sent',
        'NOT_A_MEMBER',
        'sent',
        'NOT_A_MEMBER',
        'sent',
      ]);
      expect(texts(await store.list(1))).toEqual(['0', '2', '4']);
    });
  });
}
