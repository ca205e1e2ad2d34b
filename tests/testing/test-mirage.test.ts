import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { createTestMirage, fakeClock, type TestMirageOptions } from '../../src/testing/index.ts';
import { temporaryFolder } from '../support/harness.ts';

async function open(options?: TestMirageOptions) {
  const mirage = await createTestMirage(options);
  onTestFinished(() => mirage.close());
  return mirage;
}

it('is the whole API for several users, without HTTP', async () => {
  const mirage = await open();
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const room = await ada.chat.createRoom({ name: 'general' });
  await bob.chat.joinRoom({ name: 'general' });
  await ada.chat.sendMessage({ roomId: room.id, text: 'hello' });

  const events = await bob.chat.onMessage({ roomId: room.id });
  for await (const event of events) {
    expect('data' in event && event.data).toMatchObject({
      message: { username: 'ada', text: 'hello' },
    });
    break;
  }
  await bob.inbox.sendMessage({ recipient: 'ada', text: 'psst' });
  expect(await ada.inbox.countMessages()).toMatchObject({ total: 1, unread: 1 });
  expect(await mirage.api.users.count()).toBe(2);
});

it('refuses as over HTTP', async () => {
  const mirage = await open();
  const ada = await mirage.user('ada');
  await expect(mirage.api.auth.me()).rejects.toMatchObject({ reason: 'UNAUTHORIZED' });
  await expect(ada.chat.joinRoom({ name: 'nowhere' })).rejects.toMatchObject({ reason: 'ROOM_NOT_FOUND' });
  const again = mirage.user('ada', { email: 'other@example.com' });
  await expect(again).rejects.toMatchObject({ reason: 'USERNAME_TAKEN' });
  await expect(mirage.user(' ')).rejects.toMatchObject({ reason: 'INVALID_INPUT' });
});

it('makes users who can log in, if asked for', async () => {
  const mirage = await open();
  await mirage.user('ada', { password: 'correct horse', email: 'ada@lovelace.example' });
  await mirage.user('bob');
  expect(await mirage.api.auth.login({ username: 'ada', password: 'correct horse' })).toMatchObject({
    username: 'ada',
  });
  await expect(mirage.api.auth.login({ username: 'bob', password: '' })).rejects.toThrow();
  await expect(mirage.api.auth.login({ username: 'bob', password: 'guess' })).rejects.toMatchObject({
    reason: 'INVALID_CREDENTIALS',
  });
});

it('goes by the clock and the settings it is given', async () => {
  const clock = fakeClock();
  const mirage = await open({ clock, settings: { sessionTtlMs: 60_000 } });
  const ada = await mirage.user('ada');
  expect(await ada.auth.me()).toMatchObject({ createdAt: new Date(clock()) });
  clock.advance(60_000);
  await expect(ada.auth.me()).rejects.toMatchObject({ reason: 'UNAUTHORIZED' });
});

it('has several at once that know nothing of each other', async () => {
  const [one, two] = await Promise.all([open(), open()]);
  const [ada, other] = await Promise.all([one.user('ada'), two.user('ada')]);
  await ada.chat.createRoom({ name: 'general' });
  expect(await other.chat.listPublicRooms()).toEqual([]);
  await one.close();
  expect(await other.auth.me()).toMatchObject({ username: 'ada' });
});

it('listens when told to, for the clients of its users', async () => {
  const mirage = await open();
  const ada = await mirage.user('ada');
  const url = await mirage.listen();
  expect(await mirage.listen()).toBe(url);
  const client = createMirageClient({ url, token: ada.token });
  expect(await client.auth.me.query()).toMatchObject({ username: 'ada' });
  await mirage.close();
  await expect(client.auth.me.query()).rejects.toThrow('the server is unreachable');
});

it('can be closed when it could not listen', async () => {
  const other = await open();
  const port = Number(new URL(await other.listen()).port);
  const mirage = await open({ settings: { port } });
  await expect(mirage.listen()).rejects.toThrow(/EADDRINUSE/);
  await mirage.close();
});

it('ends what is subscribed to when it is closed, and can be closed twice', async () => {
  const mirage = await open();
  const ada = await mirage.user('ada');
  const events = await ada.inbox.onMessage();
  const reading = (async () => {
    for await (const _ of events);
    return 'ended';
  })();
  await Promise.all([mirage.close(), mirage.close()]);
  expect(await reading).toBe('ended');
  await expect(mirage.listen()).rejects.toThrow('closed');
});

it('leaves nothing behind: no file, and nothing that keeps the process', async () => {
  const folder = await temporaryFolder();
  const program = `
    import { createTestMirage } from ${JSON.stringify(new URL('../../dist/testing/index.js', import.meta.url).href)};
    const mirage = await createTestMirage();
    await createTestMirage({ settings: { databaseUrl: 'file:/dev/null/mirage.db' } }).catch(() => console.log('refused'));
    const ada = await mirage.user('ada', { password: 'x' });
    const { id: roomId } = await ada.chat.createRoom({ name: 'general' });
    await ada.chat.setTyping({ roomId, isTyping: true });
    const reading = (async () => { for await (const event of await ada.chat.onMessage({ roomId })); })();
    await fetch(await mirage.listen());
    await mirage.close();
    await reading;
    console.log('closed');`;
  // It ends by itself, or the test waits in vain.
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    env: { TMPDIR: folder },
  });
  expect(stdout).toBe('refused\nclosed\n');
  expect(await readdir(folder)).toEqual([]);
});
