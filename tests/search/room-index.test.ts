import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { createSqliteRoomSearchIndex } from '../../src/server/infra/search/sqlite-room-search-index.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { startMirage } from '../support/harness.ts';
import { bury, indexRoom, many, seedKept } from '../support/kept-messages.ts';

/** A kept room with many messages after the first ones, all of them in the index. */
async function startWithMany(texts: string[], count = many) {
  const mirage = await startMirage();
  const alice = await mirage.user('alice');
  const { chat } = alice.client;
  const { id: roomId } = await chat.createRoom.mutate({ name: 'log', history: 'kept' });
  const ids: string[] = [];
  for (const text of texts) ids.push((await chat.sendMessage.mutate({ roomId, text })).id);
  if (count > 0) await bury(mirage.deps, roomId, count);
  const left = () => {
    const file = openDatabaseFile(mirage);
    const count = (table: string) => file.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    return ['parts', 'docs', 'removals'].map((name) => count(`room_search_${name}`));
  };
  return { ...mirage, alice, chat, roomId, ids, left };
}

type Started = Awaited<ReturnType<typeof startWithMany>>;

/** The same database in another Mirage. */
async function restart({ close, deps, alice }: Pick<Started, 'close' | 'deps' | 'alice'>) {
  await close();
  const mirage = await startMirage({ databaseUrl: deps.config.databaseUrl });
  return { ...mirage, chat: createMirageClient({ url: mirage.url, token: alice.token }).chat };
}

const found = async ({ chat, roomId }: Pick<Started, 'chat' | 'roomId'>, query: string) =>
  (await chat.search.query({ query, roomId })).hits.map(({ message }) => message.id);

/** Messages that the index names for a sequence of three letters. */
async function named({ deps, roomId }: Pick<Started, 'deps' | 'roomId'>, letters: string) {
  const token = [...letters].map((letter) => letter.charCodeAt(0).toString(36).padStart(2, '0')).join('');
  const [part] = await deps.roomSearch.parts(roomId);
  return deps.roomSearch.find(
    [part ?? expect.fail('the room is not indexed')],
    [{ text: letters, token, isPrefix: false, at: 0 }],
    { before: '999999999999999-0', limit: 10 },
  );
}

it('leaves nothing of deleted and edited texts in the file', async () => {
  const mirage = await startWithMany(['remember periwinkle', 'remember marzipan', 'remember tangerine']);
  const file = openDatabaseFile(mirage);
  file.pragma('secure_delete = ON'); // as the server has it
  const bytes = () => {
    file.pragma('wal_checkpoint(TRUNCATE)');
    return readFileSync(`${mirage.folder}/mirage.db`, 'latin1');
  };
  for (const word of ['periwinkle', 'marzipan', 'tangerine']) expect(bytes()).toContain(word);
  const [deleted = '', edited = '', kept = ''] = mirage.ids;
  const change = (sql: string, id: string) => file.exec(`${sql} WHERE ms || '-' || seq = '${id}'`);
  // In one go, before the background notices.
  change('DELETE FROM kept_messages', deleted);
  change(`UPDATE kept_messages SET message = 'remember nothing'`, edited);
  expect(mirage.left()).toEqual([1, many + 3, 2]);
  await mirage.deps.roomSearch.settle({ owner: mirage.roomId, id: deleted });
  expect(await named(mirage, 'per')).toEqual([]);
  await mirage.deps.roomSearch.settle();
  expect(mirage.left()).toEqual([1, many + 2, 0]);

  for (const word of ['periwinkle', 'marzipan']) expect(bytes()).not.toContain(word);
  expect(bytes()).toContain('tangerine');
  // Nor does the index know their sequences, which no other text has.
  expect([await named(mirage, 'per'), await named(mirage, 'arz')]).toEqual([[], []]);
  expect([await named(mirage, 'tan'), await named(mirage, 'oth')]).toEqual([[kept], [edited]]);
});

it('records no change of other columns, nor of messages that are not indexed', async () => {
  const mirage = await startWithMany(['the needle']);
  await mirage.deps.db.$executeRaw`UPDATE kept_messages SET client_id = NULL, message = message`;
  const { id } = await mirage.chat.createRoom.mutate({ name: 'small', history: 'kept' });
  await mirage.chat.sendMessage.mutate({ roomId: id, text: 'hello' });
  await mirage.deps.db.keptMessage.updateMany({ where: { roomId: id }, data: { text: 'goodbye' } });
  await mirage.deps.db.keptMessage.deleteMany({ where: { roomId: id } });
  expect(mirage.left()).toEqual([1, many + 1, 0]);
});

it('leaves nothing of a deleted room, nor of messages that have expired', async () => {
  const mirage = await startWithMany(['the needle'], 300);
  const { deps, clock, chat, roomId, left } = mirage;
  const { id: other } = await chat.createRoom.mutate({ name: 'other', history: 'kept' });
  await seedKept(deps, { roomId: other, count: 200 });
  await indexRoom(deps, other);
  expect(left()).toEqual([2, 501, 0]);
  await chat.deleteRoom.mutate({ roomId });
  await vi.waitFor(async () => expect(await deps.db.keptMessage.count()).toBe(200));
  await deps.roomSearch.caughtUp();
  expect(left()).toEqual([2, 200, 0]);
  await chat.updateRoom.mutate({ roomId: other, lifespanSeconds: 60 });
  clock.advance(60_000);
  await deps.keptMessages.sweep();
  await deps.roomSearch.caughtUp();
  // The parts go when the server next looks for rooms with many messages, as at its start.
  const again = await restart(mirage);
  await again.deps.roomSearch.caughtUp();
  expect(left()).toEqual([0, 0, 0]);
});

it('follows the room, and goes on with the index after a restart', async () => {
  const first = await startWithMany(['the first needle'], 8000);
  const { id } = await first.chat.sendMessage.mutate({ roomId: first.roomId, text: 'another needle' });
  await first.deps.roomSearch.caughtUp(); // nobody has asked for it
  const [part] = await first.deps.roomSearch.parts(first.roomId);
  expect(part).toEqual({ id: part?.id, firstId: first.ids[0], readyId: id });
  const second = { ...(await restart(first)), roomId: first.roomId };
  await second.deps.roomSearch.caughtUp();
  expect(await second.deps.roomSearch.parts(first.roomId)).toEqual([part]);
  expect(await found(second, 'needle')).toEqual([id, first.ids[0]]);
});

it('finds rooms with many messages by itself, and does not index others', async () => {
  const first = await startWithMany(['the needle'], 0);
  const { id: small } = await first.chat.createRoom.mutate({ name: 'small', history: 'kept' });
  await seedKept(first.deps, { roomId: small, count: 4999 });
  await seedKept(first.deps, { roomId: first.roomId, count: 4999 });
  const second = await restart(first);
  await second.deps.roomSearch.caughtUp();
  const rooms = await second.deps.db.roomSearchPart.findMany({ select: { roomId: true } });
  expect(rooms).toEqual([{ roomId: first.roomId }]);
});

it('begins further parts, and finds messages in all of them, also after a vacuum', async () => {
  const first = await startWithMany(['the first needle'], 0);
  await seedKept(first.deps, { roomId: first.roomId, count: 250 });
  const small = createSqliteRoomSearchIndex(first.deps.sql, 200);
  while ((await small.advance(first.roomId)) === 'more');
  const { id } = await first.chat.sendMessage.mutate({ roomId: first.roomId, text: 'another needle' });
  await bury(first.deps, first.roomId, 200);
  expect(await first.deps.roomSearch.parts(first.roomId)).toHaveLength(2);
  await first.close();
  openDatabaseFile(first).exec('DELETE FROM kept_messages WHERE rowid % 3 = 2; VACUUM');
  const second = { ...(await restart(first)), roomId: first.roomId };
  await second.deps.roomSearch.caughtUp();
  const left = [id, first.ids[0]];
  expect(await found(second, 'needle')).toEqual(left);
  expect(await found(second, 'needle first')).toEqual([first.ids[0]]);
});

it('builds the index anew where an earlier version made it, and leaves that of a later one alone', async () => {
  const first = await startWithMany(['the needle']);
  const [earlier] = await first.deps.roomSearch.parts(first.roomId);
  const setVersion = (version: number) =>
    openDatabaseFile(first).prepare('UPDATE room_search_parts SET version = ?').run(version);
  setVersion(1);
  const second = { ...(await restart(first)), roomId: first.roomId };
  await second.deps.roomSearch.caughtUp();
  const [part] = await second.deps.roomSearch.parts(first.roomId);
  expect(part?.id).toBeGreaterThan(earlier?.id ?? 0);
  expect(part?.readyId).toBe(earlier?.readyId);
  expect(await found(second, 'needle')).toEqual(first.ids);
  setVersion(1_000_000);
  const third = { ...(await restart({ ...first, ...second })), roomId: first.roomId };
  await third.deps.roomSearch.caughtUp();
  expect(await third.deps.roomSearch.parts(first.roomId)).toEqual([]);
  expect(await found(third, 'needle')).toEqual(first.ids);
});

it('finds everything with a broken index, and builds it anew', async () => {
  const first = await startWithMany(['the needle']);
  const [earlier] = await first.deps.roomSearch.parts(first.roomId);
  openDatabaseFile(first).unsafeMode().exec('DELETE FROM room_search_data WHERE id > 10');
  const again = { ...(await restart(first)), roomId: first.roomId }; // what was read of it is in memory
  expect(await found(again, 'needle')).toEqual(first.ids);
  await again.deps.roomSearch.caughtUp();
  const [part] = await again.deps.roomSearch.parts(first.roomId);
  expect(part?.id).toBeGreaterThan(earlier?.id ?? 0);
  expect(await found(again, 'needle')).toEqual(first.ids);
});
