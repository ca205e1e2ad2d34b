import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { compareMessageIds } from '../../src/server/infra/stores/room-message-store.ts';
import { repetitions } from '../support/long-runs.ts';
import { tokenOf } from '../support/token-of.ts';
import { startNodes } from './support/nodes.ts';
import { startPrivatePostgres, startPrivateRedis } from './support/private-services.ts';
import { type Acknowledged, createSender } from './support/sender.ts';
import { hiddenLosses, openSubscriber } from './support/subscriber.ts';

const roomMessages = repetitions(30_000, 100_000);
const inboxMessages = repetitions(6000, 20_000);
const people = 30;
const rooms = 10;
const groupSize = 10;
const recoveryMs = 5000;

it('loses nothing it acknowledged while servers, Redis and Postgres crash and restart', async () => {
  const [redis, postgres] = await Promise.all([startPrivateRedis(), startPrivatePostgres()]);
  const nodes = await startNodes(3, {
    DATABASE_URL: postgres.url,
    DATABASE_POOL: '8',
    REDIS_URL: redis.url,
    RATE_LIMIT: 'off',
    MAX_MESSAGES: '200000',
    MAX_PUBLIC_ROOMS: String(rooms + 1),
  });
  const { urls } = nodes;
  const api = (token?: string) =>
    createMirageClient({ url: urls[0] ?? '', ...(token !== undefined && { token }) });

  async function register(username: string): Promise<string> {
    const password = 'a secret one';
    await api().auth.register.mutate({ username, email: username, password });
    return await tokenOf(api().auth.login.mutate({ username, password }));
  }
  const names = Array.from({ length: people }, (_, index) => `user ${index}`);
  const tokens = await Promise.all(names.map(register));
  const probeToken = await register('probe');
  const roomIds: number[] = [];
  for (let index = 0; index <= rooms; index += 1) {
    const { id } = await api(probeToken).chat.createRoom.mutate({ name: `room ${index}` });
    roomIds.push(id);
  }
  const probeRoom = roomIds[rooms] ?? 0;
  const roomOf = (person: number) => roomIds[person % rooms] ?? 0;
  await Promise.all(
    tokens.map((token, person) => api(token).chat.joinRoom.mutate({ name: `room ${person % rooms}` })),
  );

  // Each room has three subscribers, each at another server to begin with.
  const subscribers = tokens.map((token, person) =>
    openSubscriber(urls, token, roomOf(person), Math.floor(person / rooms)),
  );
  const probes = urls.map((url) => openSubscriber([url], probeToken, probeRoom, 0));
  await Promise.all([...subscribers, ...probes].map((subscriber) => subscriber.started()));

  const acknowledged: Acknowledged[] = [];
  const left = { room: roomMessages, inbox: inboxMessages };
  const done = () => 1 - (left.room + left.inbox) / (roomMessages + inboxMessages);
  const errors = new Set<string>();

  /** Until as many have been acknowledged as there were to send. */
  async function talk(person: number): Promise<void> {
    const sender = createSender(urls, tokens[person] ?? '', person);
    const recipient = () => names[Math.floor(Math.random() * people)] ?? '';
    for (let turn = person; left.room + left.inbox > 0; turn += 1) {
      const kind = (turn % 6 === 0 && left.inbox > 0) || left.room === 0 ? 'inbox' : 'room';
      const count = Math.min(groupSize, left[kind]);
      if (count === 0) return void (await sleep(50));
      left[kind] -= count;
      const calls = Array.from({ length: count }, () =>
        kind === 'room'
          ? { path: 'chat.sendMessage' as const, input: { roomId: roomOf(person), text: `turn ${turn}` } }
          : { path: 'inbox.sendMessage' as const, input: { recipient: recipient(), text: `turn ${turn}` } },
      );
      const got = await sender.send(calls);
      left[kind] += count - got.length;
      acknowledged.push(...got);
    }
    for (const error of sender.errors) errors.add(error);
  }

  let isOver = false;
  async function breakOffAtRandom(): Promise<number> {
    let times = 0;
    while (!isOver) {
      await sleep(200);
      subscribers[Math.floor(Math.random() * people)]?.breakOff();
      times += 1;
    }
    return times;
  }

  const startedAt = performance.now();
  const talking = Promise.all(tokens.map((_, person) => talk(person)));
  const breaking = breakOffAtRandom();
  const reached = async (part: number) => {
    while (done() < part) await sleep(20);
  };

  /** How long it takes until what is sent by any server has come to the subscribers of all. */
  async function recovery(): Promise<number> {
    const from = performance.now();
    await Promise.all(
      urls.map(async (url, node) => {
        const sender = createSender([url], probeToken, 0);
        const room = { path: 'chat.sendMessage' as const, input: { roomId: probeRoom, text: `${node}` } };
        const inbox = { path: 'inbox.sendMessage' as const, input: { recipient: 'probe', text: `${node}` } };
        const ids: string[] = [];
        for (const call of [room, inbox]) {
          let sent: Acknowledged[] = [];
          while (sent.length === 0) sent = await sender.send([call]);
          ids.push(String(sent[0]?.id));
        }
        const [roomId = '', inboxId = ''] = ids;
        await Promise.all(
          probes.map((probe) =>
            probe.until(() => probe.rooms.includes(roomId) && probe.inboxes.includes(inboxId), 60_000),
          ),
        );
      }),
    );
    return Math.round(performance.now() - from);
  }

  const recoveries: Record<string, number> = { 'with nothing amiss': await recovery() };
  await reached(0.15);
  await nodes.kill(1);
  await sleep(500);
  await nodes.start(1);
  recoveries['a server killed'] = await recovery();

  const killed = [...subscribers, ...probes].map(({ lost }) => lost.length);
  await reached(0.4);
  await redis.crash();
  await sleep(500);
  await redis.start();
  recoveries['Redis killed'] = await recovery();

  await reached(0.7);
  await postgres.crash();
  await sleep(500);
  await postgres.start();
  recoveries['Postgres killed'] = await recovery();

  await talking;
  const seconds = (performance.now() - startedAt) / 1000;
  isOver = true;
  const broken = await breaking;
  console.error(
    `${roomMessages + inboxMessages} messages in ${seconds.toFixed(1)} s, ${broken} connections broken off,`,
    `refusals: ${[...errors].join()}; recovery in ms: ${JSON.stringify(recoveries)}`,
  );

  // Nobody was cut off by a service that went: only by us, and by the server that was killed.
  expect([...subscribers, ...probes].map(({ lost }) => lost.length)).toEqual(killed);
  expect([...errors].filter((reason) => reason !== 'UNAVAILABLE')).toEqual([]);
  expect(acknowledged).toHaveLength(roomMessages + inboxMessages);

  for (const [person, { inboxes, until }] of subscribers.entries()) {
    const name = names[person];
    const mine = acknowledged.filter(({ sender, recipient }) => sender === name || recipient === name);
    const heard = () => new Set(inboxes);
    await until(
      () => inboxes.length >= mine.length && mine.every(({ id }) => heard().has(String(id))),
      60_000,
    );
    expect(heard().size, 'each once').toBe(inboxes.length);
    const ids = inboxes.map(Number);
    expect(ids, 'in order').toEqual([...ids].sort((a, b) => a - b));
  }

  for (const [person, { rooms: heard }] of subscribers.entries()) {
    const said = acknowledged.filter(({ roomId }) => roomId === roomOf(person)).map(({ id }) => id);
    const last = said.reduce((a, b) => (compareMessageIds(a, b) > 0 ? a : b), '0-0');
    await vi.waitFor(() => expect(heard.includes(last)).toBe(true), 60_000);
    const ids = heard.filter((id) => id !== 'gap');
    // Ids that rise, and never twice, are one order for all who hear them.
    const rising = ids.every((id, index) => index === 0 || compareMessageIds(ids[index - 1] ?? '', id) < 0);
    expect(rising, 'one order, each once').toBe(true);
    expect(hiddenLosses(heard, said, compareMessageIds)).toEqual([]);
    expect(heard.includes('gap'), 'Redis has lost what it held').toBe(true);
  }

  for (const [fault, ms] of Object.entries(recoveries)) expect(ms, fault).toBeLessThanOrEqual(recoveryMs);
}, 280_000);
