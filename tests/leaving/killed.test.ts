import Database from 'better-sqlite3';
import { expect, it, vi } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { temporaryFolder } from '../support/harness.ts';
import { spawnMirage } from '../support/process.ts';

vi.setConfig({ testTimeout: 60_000 });

const count = 4000;
const name = 'ada-who-is-interrupted';

it('goes on after each kill -9 in the midst of it, and ends with nothing under the name', async () => {
  const folder = await temporaryFolder();
  const file = `${folder}/mirage.db`;
  const settings = { RATE_LIMIT: 'off', DATABASE_URL: `file:${file}` };
  const first = await spawnMirage(settings, folder);
  const url = await first.url();
  const people: Record<string, string> = {};
  for (const username of [name, 'bob']) {
    const { auth } = createMirageClient({ url });
    await auth.register.mutate({ username, email: username, password: 'a secret one' });
    people[username] = (await auth.login.mutate({ username, password: 'a secret one' })).token ?? '';
  }
  const [ada, bob] = [name, 'bob'].map((username) =>
    createMirageClient({ url, token: people[username] ?? '' }),
  );
  await ada?.chat.createRoom.mutate({ name: 'kept', history: 'kept' });
  const { id: roomId = 0 } = (await bob?.chat.joinRoom.mutate({ name: 'kept' })) ?? {};
  await ada?.chat.sendMessage.mutate({ roomId, text: 'kept' });
  await ada?.inbox.sendMessage.mutate({ recipient: 'bob', text: 'first' });
  first.kill('SIGTERM');
  await first.ended();

  const db = new Database(file);
  const names = { ada: name, bob: 'bob', count };
  db.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @count)
    INSERT INTO inbox_messages (sender, recipient, message)
    SELECT CASE WHEN i % 2 THEN @ada ELSE @bob END, CASE WHEN i % 2 THEN @bob ELSE @ada END, 'text ' || i FROM n`).run(
    names,
  );
  const left = () =>
    db
      .prepare<[string, string], number>(
        'SELECT count(*) FROM inbox_messages WHERE sender = ? OR recipient = ?',
      )
      .pluck()
      .get(name, name) ?? 0;
  const expected = db
    .prepare(`SELECT total, unread, last_message_id FROM inbox_conversations WHERE username = 'bob'`)
    .get();

  for (let kills = 0; kills < 2; kills += 1) {
    const before = left();
    const mirage = await spawnMirage(settings, folder);
    if (kills === 0)
      await createMirageClient({
        url: await mirage.url(),
        token: people[name] ?? '',
      }).auth.deleteAccount.mutate({
        password: 'a secret one',
      });
    await vi.waitFor(() => expect(left()).toBeLessThan(before), { timeout: 20_000, interval: 1 });
    mirage.kill('SIGKILL');
    await mirage.ended();
    expect(left()).toBeGreaterThan(0);
  }
  const last = await spawnMirage(settings, folder);
  await last.url();
  const passes = db.prepare('SELECT passes FROM departures').pluck();
  await vi.waitFor(() => expect(passes.get()).toBe(1), { timeout: 30_000, interval: 20 });
  last.kill('SIGTERM');
  await last.ended();
  const alias = db.prepare('SELECT alias FROM departures').pluck().get();
  expect(db.prepare(`SELECT peer FROM inbox_conversations WHERE username = 'bob'`).pluck().all()).toEqual([
    alias,
  ]);
  expect(
    db.prepare(`SELECT total, unread, last_message_id FROM inbox_conversations WHERE username = 'bob'`).get(),
  ).toEqual(expected);
  expect(db.prepare('SELECT username FROM room_members').pluck().all()).toEqual(['bob']);
  expect(db.prepare('SELECT DISTINCT username FROM kept_messages ORDER BY 1').pluck().all()).toEqual([
    'bob',
    alias,
  ]);
  db.close();
});
