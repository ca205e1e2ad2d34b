import { copyFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMirageClient, type MirageClient } from '../../src/client/index.ts';
import { openServer } from '../../src/server/app/open-server.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { createMemoryRoomMessageStore } from '../../src/server/infra/stores/memory-room-message-store.ts';
import { openRoomMessageJournal } from '../../src/server/infra/stores/room-message-journal.ts';
import { compareMessageIds } from '../../src/server/infra/stores/room-message-store.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { openSocket } from '../support/raw-socket.ts';

const hourMs = 3_600_000;

/** Runs of a store on one database. None is closed unless the test does it. */
async function setup({ path }: { path?: string } = {}) {
  const folder = await temporaryFolder();
  const { db, sql, close } = await openDb(`file:${folder}/mirage.db`);
  onTestFinished(close);
  await db.room.create({ data: { id: 1, name: 'general' } });
  const clock = fakeClock();
  const lines: unknown[] = [];
  const log = {
    error: (line: unknown) => lines.push(line),
    warn: (line: unknown) => lines.push(line),
  } as never;
  async function start() {
    const journal = await openRoomMessageJournal({ sql, path: path && `${folder}/${path}`, log });
    const store = createMemoryRoomMessageStore({ capacity: 100, ttlMs: 15 * hourMs }, clock, { ...journal });
    const say = (text: string, roomId = 1) => store.append({ roomId, username: 'ada', text });
    const since = async (after: string, roomId = 1) => {
      const { messages, gap } = await store.since(roomId, after);
      return [gap ? 'gap' : 'whole', ...messages.map(({ text }) => text)];
    };
    return { store, say, since, stop: () => journal.close(store.snapshot()) };
  }
  return { db, clock, start, folder, lines };
}

describe('after a clean shutdown', () => {
  it('reports no gap in rooms that a client has read completely', async () => {
    const { start } = await setup();
    const first = await start();
    const read = await first.say('read');
    const elsewhere = await first.say('elsewhere', 2);
    await first.say('missed', 2);
    await first.stop();
    const second = await start();
    expect(await second.since(read.id, 1)).toEqual(['whole']);
    expect(await second.since(elsewhere.id, 2)).toEqual(['gap']);
    await second.say('new');
    expect(await second.since(read.id, 1)).toEqual(['whole', 'new']);
  });

  it('assigns higher ids although the clock was set back', async () => {
    const { start, clock } = await setup();
    const first = await start();
    const { id } = await first.say('before');
    await first.stop();
    clock.advance(-hourMs);
    const second = await start();
    const next = await second.say('after');
    expect(compareMessageIds(next.id, id)).toBeGreaterThan(0);
    expect(await second.since(id)).toEqual(['whole', 'after']);
  });

  it('remembers positions across starts without messages', async () => {
    const { start, clock } = await setup({ path: 'rooms.json' });
    const first = await start();
    const { id } = await first.say('held');
    await first.stop();
    await start(); // fails later, or is killed
    clock.advance(1000);
    const third = await start();
    expect(await third.since('0-1')).toEqual(['whole', 'held']);
    await third.stop();
    const fourth = await start();
    expect(await fourth.since(id)).toEqual(['whole']);
    expect((await fourth.store.list(1)).map(({ text }) => text)).toEqual(['held']);
  });
});

describe('after a crash', () => {
  it.each([0, 1000, -1000, -hourMs, hourMs])(
    'tells of a gap for every position of the crashed run, with the clock moved by %d ms',
    async (step) => {
      const { start, clock } = await setup();
      const first = await start();
      const ids = [await first.say('a'), await first.say('b')];
      clock.advance(5);
      ids.push(await first.say('c'));
      clock.advance(step);
      const second = await start();
      for (const { id } of ids) expect(await second.since(id)).toEqual(['gap']);
      const next = await second.say('new');
      clock.advance(2000);
      await second.say('newer');
      for (const { id } of ids) {
        expect(compareMessageIds(next.id, id)).toBeGreaterThan(0);
        expect(await second.since(id)).toEqual(['gap', 'new', 'newer']);
      }
      expect(await second.since(next.id)).toEqual(['whole', 'newer']);
    },
  );

  it('ignores a snapshot older than the last message', async () => {
    const { start } = await setup({ path: 'rooms.json' });
    const first = await start();
    const { id } = await first.say('kept');
    await first.stop();
    const second = await start();
    await second.say('lost');
    const third = await start();
    expect(await third.since(id)).toEqual(['gap']);
  });

  it('still knows of the doubt after older messages have gone, and after another start', async () => {
    const { start, clock, folder } = await setup({ path: 'rooms.json' });
    const first = await start();
    await first.say('held');
    await first.stop();
    copyFileSync(`${folder}/rooms.json`, `${folder}/copy.json`);
    const { id } = await (await start()).say('read before the crash');
    copyFileSync(`${folder}/copy.json`, `${folder}/rooms.json`); // older than what was lost
    const third = await start();
    clock.advance(15 * hourMs);
    await third.say('new');
    expect(await third.since(id)).toEqual(['gap', 'new']);
    await third.stop();
    expect(await (await start()).since(id)).toEqual(['gap', 'new']);
  });

  it('reports no gap if there never was a message', async () => {
    const { start } = await setup();
    const position = await (await start()).store.newestId();
    expect(await (await start()).since(position)).toEqual(['whole']);
  });
});

describe('a snapshot', () => {
  it.each<[string, string]>([
    ['was deleted', 'DELETE FROM rooms'],
    ['is a different one now', "UPDATE rooms SET created_at = '2020-01-01T00:00:00.000+00:00'"],
  ])('shows nothing of a room that %s', async (_, sql) => {
    const { db, start } = await setup({ path: 'rooms.json' });
    const first = await start();
    await first.say('a secret');
    await first.stop();
    await db.$executeRawUnsafe(sql);
    expect(await (await start()).store.list(1)).toEqual([]);
  });

  it('newer than a restored database is used, with a gap for every position', async () => {
    const { db, start } = await setup({ path: 'rooms.json' });
    const first = await start();
    await first.say('before the backup');
    await first.stop();
    const backup = await db.roomMessageState.findMany();
    const second = await start();
    const { id } = await second.say('after the backup');
    await second.stop();
    await db.roomMessageState.updateMany({ data: backup[0] ?? {} });
    const third = await start();
    expect((await third.store.list(1)).map(({ text }) => text)).toEqual([
      'before the backup',
      'after the backup',
    ]);
    expect((await third.since(id))[0]).toBe('whole');
    const next = await third.say('new');
    expect(compareMessageIds(next.id, id)).toBeGreaterThan(0);
    expect((await third.since('0-1'))[0]).toBe('gap');
  });
});

it('keeps imported messages in the database until they have been served', async () => {
  const { db, start, clock } = await setup();
  const row = { roomId: 1, username: 'ada', text: 'imported', createdAt: new Date(clock()) };
  await db.importedRoomMessage.create({ data: row });
  const first = await start();
  first.store.restore([row]);
  await first.stop();
  expect(await db.importedRoomMessage.count()).toBe(1);
  const second = await start();
  second.store.restore([row]);
  expect((await second.store.list(1)).map(({ text }) => text)).toEqual(['imported']);
  expect(await db.importedRoomMessage.count()).toBe(0);
});

describe('at a real server', () => {
  async function restarted(mirage: Awaited<ReturnType<typeof startMirage>>, token: string) {
    await mirage.close();
    const { deps } = mirage;
    const server = await openServer(deps.config, { clock: mirage.clock, log: deps.log });
    onTestFinished(() => server.close());
    return { ...server, client: createMirageClient({ url: server.url, token }) };
  }

  it('resumes without a gap after a restart without messages', async () => {
    const mirage = await startMirage();
    const { client, token } = await mirage.user('alice');
    const { id: roomId } = await client.chat.createRoom.mutate({ name: 'general' });
    const { id } = await client.chat.sendMessage.mutate({ roomId, text: 'read' });
    mirage.clock.advance(-1000);
    const server = await restarted(mirage, token);
    const socket = await openSocket(server.url, token);
    socket.subscribe(1, 'chat.onMessage', { roomId }, id);
    await server.client.chat.sendMessage.mutate({ roomId, text: 'new' });
    await socket.has('"new"');
    expect(JSON.stringify(socket.frames())).not.toContain('gap');
  });

  it('reports a gap for a position that was never assigned', async () => {
    const mirage = await startMirage();
    const { client, token } = await mirage.user('alice');
    const { id: roomId } = await client.chat.createRoom.mutate({ name: 'general' });
    await client.chat.sendMessage.mutate({ roomId, text: 'held' });
    const socket = await openSocket(mirage.url, token);
    socket.subscribe(1, 'chat.onMessage', { roomId }, '999999999999999-0');
    await socket.has('"gap"');
    await socket.has('"held"');
  });

  it('starts a room empty although the store holds messages under its id', async () => {
    const mirage = await startMirage();
    const alice = await mirage.user('alice');
    const create = async (client: MirageClient, name: string) =>
      (await client.chat.createRoom.mutate({ name })).id;
    const roomId = await create(alice.client, 'first');
    // As after a restore of the database: the messages of a later room are still there.
    await mirage.deps.roomMessages.append({ roomId: roomId + 1, username: 'bob', text: 'a secret' });
    expect(await create(alice.client, 'second')).toBe(roomId + 1);
    expect(await alice.client.chat.listMessages.query({ roomId: roomId + 1 })).toEqual([]);
  });
});
