import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { openServer } from '../../src/server/open-server.ts';
import { createCaller } from '../../src/server/routers/app-router.ts';
import { recording } from '../support/answers/recording.ts';
import { temporaryFolder } from '../support/harness.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { startProxy } from '../support/tcp-proxy.ts';

const pick = <Item>(items: readonly Item[]) => items[Math.floor(Math.random() * items.length)];

it('brings an inbox over any number of restarts and lost connections, each message once and in order', async () => {
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

it('brings an inbox over the sudden death of the server', async () => {
  const folder = await temporaryFolder();
  async function start(port: string) {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/server/main.ts'], {
      env: {
        ...process.env,
        ...recording(),
        PORT: port,
        DATABASE_URL: `file:${folder}/mirage.db`,
        RATE_LIMIT: 'off',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /mirage listens on (http:[^"\s]+)/.exec(line)?.[1];
      if (url) return { url, child };
    }
    throw new Error('the server did not start');
  }

  const { url, child } = await start('0');
  const guest = createMirageClient({ url });
  const tokens: string[] = [];
  for (const username of ['alice', 'bob']) {
    await guest.auth.register.mutate({ username, email: `${username}@example.com`, password: 'password' });
    tokens.push((await guest.auth.login.mutate({ username, password: 'password' })).token);
  }
  const [alice = '', bob = ''] = tokens;
  const send = (text: string) =>
    createMirageClient({ url, token: alice }).inbox.sendMessage.mutate({ recipient: 'bob', text });
  const followings = transports.map((transport) => liveClient({ url, token: bob, transport }).inbox('0'));
  await send('before');
  await Promise.all(followings.map(({ word }) => word('before')));

  child.kill('SIGKILL');
  await once(child, 'exit');
  await start(new URL(url).port);
  await vi.waitFor(() => send('after'), 5000); // a pooled connection may turn out to be dead
  for (const { words, word, ends } of followings) {
    await word('after');
    expect([words, ends]).toEqual([['before', 'after'], []]);
  }
}, 60_000);
