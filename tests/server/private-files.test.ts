import { readdirSync, statSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';

const modesIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, (statSync(`${folder}/${name}`).mode & 0o777).toString(8)]),
  );

it.each([0o000, 0o022, 0o077, 0o277])(
  'creates database files that only their owner can read, with umask %o',
  async (umask) => {
    const former = process.umask(umask);
    onTestFinished(() => void process.umask(former));
    const folder = await temporaryFolder();
    const { db, close } = await openDb(`file:${folder}/mirage.db`);
    await db.room.create({ data: { name: 'general', createdBy: 'alice' } });
    expect(modesIn(folder)).toEqual({ 'mirage.db': '600', 'mirage.db-shm': '600', 'mirage.db-wal': '600' });
    await close();
  },
);

it('creates no other file of a server that others can read', async () => {
  const former = process.umask(0);
  onTestFinished(() => void process.umask(former));
  const folder = await temporaryFolder();
  const snapshot = `${folder}/messages.json`;
  const mirage = await startMirage({
    databaseUrl: `file:${folder}/mirage.db`,
    roomMessagesSnapshot: snapshot,
  });
  const { client } = await mirage.user('alice');
  const { id: roomId } = await client.chat.createRoom.mutate({ name: 'general' });
  await client.chat.sendMessage.mutate({ roomId, text: 'hello' });
  await mirage.close();
  const { 'mirage.db.lock': _empty, ...others } = modesIn(folder);
  expect(Object.values(others).length).toBeGreaterThan(1);
  for (const [name, mode] of Object.entries(others)) expect([name, mode]).toEqual([name, '600']);
});
