import { expect, it, onTestFinished, vi } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { createCaller } from '../../src/server/api/app-router.ts';
import { openServer } from '../../src/server/app/open-server.ts';
import { temporaryFolder } from '../support/harness.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { spawnMirage } from '../support/process.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { tokenOf } from '../support/token-of.ts';

const pick = <Item>(items: readonly Item[]) => items[Math.floor(Math.random() * items.length)];

it('delivers inbox messages across restarts and lost connections, each once and in order', async () => {
  const first = await startRoom();
  const { alice, bob, url, clock, deps, close } = first;
  const { id } = await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'seen' });
  const config = { ...deps.config, port: Number(new URL(url).port) };
  const proxy = await startProxy(url);
  const followings = transports.flatMap((transport) =>
    Array.from({ length: 6 }, () =>
      liveClient({ url: proxy.url, token: bob.token, transport }).inbox(String(id)),
    ),
  );
  await Promise.all(followings.map((following) => following.started()));

  const sent: string[] = [];
  async function sendSome() {
    for (let n = 0; n < 20; n += 1) {
      const text = `message ${sent.length}`;
      const caller = createCaller({ deps: server.deps, token: alice.token, address: '' });
      await caller.inbox.sendMessage({ recipient: 'bob', text });
      sent.push(text);
      if (n % 5 === 2) pick([...proxy.connections])?.resetAndDestroy();
    }
  }
  let server = { deps, close };
  onTestFinished(() => server.close());
  for (let restart = 0; restart < 3; restart += 1) {
    await sendSome();
    await server.close();
    server = await openServer(config, { clock, log: deps.log });
    await sendSome(); // before anybody has come back
  }
  await Promise.all(followings.map(({ until, words }) => until(() => words.length >= sent.length)));
  await sendSome();
  await Promise.all(followings.map(({ until, words }) => until(() => words.length >= sent.length)));
  for (const { words, ends } of followings) expect([words, ends]).toEqual([sent, []]);
}, 60_000);

it('delivers inbox messages across a crash of the server', async () => {
  const folder = await temporaryFolder();
  const start = (port: string) =>
    spawnMirage({ PORT: port, DATABASE_URL: 'file:./mirage.db', RATE_LIMIT: 'off' }, folder);

  const first = await start('0');
  const url = await first.url();
  const guest = createMirageClient({ url });
  const tokens: string[] = [];
  for (const username of ['alice', 'bob']) {
    await guest.auth.register.mutate({ username, email: `${username}@example.com`, password: 'a password' });
    tokens.push(await tokenOf(guest.auth.login.mutate({ username, password: 'a password' })));
  }
  const [alice = '', bob = ''] = tokens;
  const send = (text: string) =>
    createMirageClient({ url, token: alice }).inbox.sendMessage.mutate({ recipient: 'bob', text });
  const followings = transports.map((transport) => liveClient({ url, token: bob, transport }).inbox('0'));
  await send('before');
  await Promise.all(followings.map(({ word }) => word('before')));

  first.kill('SIGKILL');
  await first.ended();
  const second = await start(new URL(url).port);
  await second.url();
  await vi.waitFor(() => send('after'), 5000); // a pooled connection may turn out to be dead
  for (const { words, word, ends } of followings) {
    await word('after');
    expect([words, ends]).toEqual([['before', 'after'], []]);
  }
}, 60_000);
