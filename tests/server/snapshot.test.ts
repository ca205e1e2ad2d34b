import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMirageClient, type MirageClient } from '../../src/client/index.ts';
import { openServer } from '../../src/server/app/open-server.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { spawnMirage } from '../support/process.ts';

async function startWithSnapshot() {
  const folder = await temporaryFolder();
  const path = `${folder}/room-messages.json`;
  const mirage = await startMirage({
    roomMessagesSnapshot: path,
    roomMessages: { capacity: 3, ttlMs: 60_000 },
  });
  const { client: alice, token } = await mirage.user('alice');
  const { id: roomId } = await alice.chat.createRoom.mutate({ name: 'general' });
  /** The next process, on the same database. */
  async function next(settings = {}) {
    const { deps } = mirage;
    const server = await openServer({ ...deps.config, ...settings }, { clock: mirage.clock, log: deps.log });
    onTestFinished(() => server.close());
    return { ...server, alice: createMirageClient({ url: server.url, token }) };
  }
  const say = (client: MirageClient, text: string) => client.chat.sendMessage.mutate({ roomId, text });
  const heard = async (client: MirageClient) =>
    (await client.chat.listMessages.query({ roomId })).map(({ text }) => text);
  return { ...mirage, alice, roomId, folder, path, next, say, heard };
}

it('keeps room messages and their ids across a restart, and assigns higher ids to new ones', async () => {
  const { alice, say, heard, next, close, roomId, clock } = await startWithSnapshot();
  for (const text of ['a', 'b', 'c', 'd']) await say(alice, text);
  const before = await alice.chat.listMessages.query({ roomId });
  await close();
  clock.advance(-10_000); // as clocks are
  const second = await next();

  expect(await second.alice.chat.listMessages.query({ roomId })).toEqual(before);
  const newer = await say(second.alice, 'e');
  expect(await heard(second.alice)).toEqual(['c', 'd', 'e']);
  const after = before.at(-1)?.id;
  expect(await second.alice.chat.listMessages.query({ roomId, after })).toMatchObject([{ id: newer.id }]);

  await second.close();
  expect(await heard((await next()).alice)).toEqual(['c', 'd', 'e']);
});

it('restores no expired message, and no more than its capacity', async () => {
  const { alice, say, heard, next, close, clock } = await startWithSnapshot();
  await say(alice, 'a');
  clock.advance(30_000);
  for (const text of ['b', 'c']) await say(alice, text);
  await close();
  clock.advance(30_000);
  const second = await next();
  expect(await heard(second.alice)).toEqual(['b', 'c']);
  await second.close();
  expect(await heard((await next({ roomMessages: { capacity: 1, ttlMs: 60_000 } })).alice)).toEqual(['c']);
});

it('writes a complete file readable by its owner only, and uses it once', async () => {
  const { alice, say, next, close, folder, path } = await startWithSnapshot();
  await say(alice, 'a secret');
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(`${path}.new`, 'left by a crash', { mode: 0o644 });
  await close();
  expect(readdirSync(folder)).toEqual(['room-messages.json']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const second = await next();
  expect(existsSync(path)).toBe(true);
  await say(second.alice, 'another');
  expect(existsSync(path)).toBe(false);
});

it('writes no snapshot by default', async () => {
  const mirage = await startMirage();
  const { client: alice } = await mirage.user('alice');
  const { id: roomId } = await alice.chat.createRoom.mutate({ name: 'general' });
  await alice.chat.sendMessage.mutate({ roomId, text: 'a secret' });
  await mirage.close();
  for (const entry of readdirSync(mirage.folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      expect(readFileSync(`${entry.parentPath}/${entry.name}`).includes('a secret'), entry.name).toBe(false);
});

const good = { version: 1, newest: '5-0', lostByOthers: '1-0', silent: [], held: [], messages: [] };
const message = (id: string) => ({
  id,
  roomId: 1,
  username: 'ada',
  text: 'a secret',
  createdAt: new Date(0),
});

describe('renames a snapshot and starts without it, with a warning, if it', () => {
  it.each([
    ['is not JSON', 'a secret'],
    ['is empty', ''],
    ['is cut off', JSON.stringify({ ...good, messages: [message('1-0')] }).slice(0, -40)],
    ['is newer', JSON.stringify({ ...good, version: 2 })],
    ['is something else', '[1]'],
    ['has messages out of order', JSON.stringify({ ...good, messages: [message('3-0'), message('2-0')] })],
    ['has a message newer than the newest', JSON.stringify({ ...good, messages: [message('6-0')] })],
  ])('%s', async (_, content) => {
    const folder = await temporaryFolder();
    writeFileSync(`${folder}/rooms.json`, content);
    const mirage = await spawnMirage({ ROOM_MESSAGES_SNAPSHOT: './rooms.json' }, folder);
    const url = await mirage.url();
    const warning = await mirage.logged(/is unreadable/);
    expect(warning).toMatchObject({ level: 40, path: './rooms.json', keptAs: './rooms.json.unread' });
    expect(mirage.lines.join()).not.toContain('a secret');
    expect(readFileSync(`${folder}/rooms.json.unread`, 'utf8')).toBe(content);
    expect(await createMirageClient({ url }).users.count.query()).toBe(0);
    mirage.kill('SIGTERM');
    expect(await mirage.ended()).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(readFileSync(`${folder}/rooms.json`, 'utf8'))).toMatchObject({
      version: 1,
      messages: [],
    });
  });

  it('logs an error if the snapshot cannot be written at shutdown', async () => {
    const folder = await temporaryFolder();
    const mirage = await spawnMirage({ ROOM_MESSAGES_SNAPSHOT: './rooms.json' }, folder);
    await mirage.url();
    mkdirSync(`${folder}/rooms.json`);
    mirage.kill('SIGTERM');
    expect(await mirage.logged(/saving the state of room messages failed/)).toMatchObject({ level: 50 });
    expect(await mirage.ended()).toEqual({ code: 0, stderr: '' });
  });
});
