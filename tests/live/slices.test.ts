import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppError } from '../../src/server/core/errors.ts';
import { createLogger } from '../../src/server/core/logger.ts';
import { pingRegularly } from '../../src/server/http/live/ping.ts';
import { createSseStreams } from '../../src/server/http/live/sse-streams.ts';
import { createMemoryEventBus } from '../../src/server/infra/bus/memory-event-bus.ts';
import { LiveEvent } from '../../src/server/infra/live/batch.ts';
import { createHub, type Hub } from '../../src/server/infra/live/hub.ts';
import type { Subscription } from '../../src/server/infra/live/subscription.ts';
import { pingMs, recheckAccessMs } from '../../src/server/infra/live/timing.ts';
import type { Source } from '../../src/server/infra/live/topic-reader.ts';
import { noMetrics } from '../../src/server/infra/metrics/metrics.ts';
import { recheckAccess, watchSubscribers } from '../../src/server/services/operations/recheck-access.ts';
import { startMirage } from '../support/harness.ts';
import { startRoom } from '../support/live.ts';
import { countStatements } from '../support/statements.ts';

const size = 5000;
const none: Source = {
  read: async () => ({ events: [], complete: true, position: '' }),
  isNewer: () => false,
};

/** A subscriber that counts what it is sent. */
function attach(subscription: Subscription) {
  let received = 0;
  subscription.attach({
    send() {
      received += 1;
      return true;
    },
    drained: async () => {},
    drop() {},
  });
  return () => received;
}

const turn = () => new Promise(setImmediate);

/** The most that a value changes from one turn of the event loop to the next while work goes on. */
async function largestStep(work: () => Promise<unknown>, value: () => number): Promise<number> {
  let isDone = false;
  let largest = 0;
  let before = value();
  const done = work().then(() => {
    isDone = true;
  });
  const compare = () => {
    largest = Math.max(largest, Math.abs(value() - before));
    before = value();
  };
  while (!isDone) {
    compare();
    await turn();
  }
  compare();
  await done;
  return largest;
}

async function openMany(hub: Hub, source: Source, topic = 'room:1') {
  const opened: Subscription[] = [];
  for (let n = 0; n < size; n += 1) {
    const facts = { username: `user ${n}`, sessionId: n + 1, roomId: 1 };
    opened.push(await hub.open(topic, source, facts, { after: undefined, signal: undefined }));
  }
  return opened;
}

describe('a hub', () => {
  const create = () => {
    const bus = createMemoryEventBus();
    return { bus, hub: createHub(bus, createLogger('silent')) };
  };

  it('ends thousands of subscriptions in slices, and sends no event to any of them meanwhile', async () => {
    const { hub, bus } = create();
    const opened = await openMany(hub, none);
    const counts = opened.map(attach);
    await turn();
    const other = await hub.open(
      'room:1',
      none,
      { username: 'x', sessionId: 0 },
      { after: '', signal: undefined },
    );
    const otherCount = attach(other);
    await turn();
    const told = opened.map((subscription) =>
      subscription.untilEnd().catch((error: AppError) => error.reason),
    );
    const end = async () => {
      const ending = hub.end({ roomId: 1 }, new AppError('ROOM_NOT_FOUND'));
      await bus.publish('room:1', { type: 'change' });
      await ending;
    };
    expect(await largestStep(end, () => hub.size)).toBeLessThanOrEqual(400);
    await Promise.all(told);
    expect([hub.size, counts.filter((received) => received() > 0).length, otherCount()]).toEqual([1, 0, 1]);
  });

  it('ends the subscriptions that are selected, and no others', async () => {
    const { hub } = create();
    const open = (facts: { username: string; sessionId: number; roomId?: number }) =>
      hub.open('x:1', none, facts, { after: undefined, signal: undefined });
    const subscriptions = {
      adaInOne: await open({ username: 'ada', sessionId: 1, roomId: 1 }),
      adaInTwo: await open({ username: 'ada', sessionId: 1, roomId: 2 }),
      adaElsewhere: await open({ username: 'ada', sessionId: 2, roomId: 1 }),
      adaInbox: await open({ username: 'ada', sessionId: 1 }),
      bobInOne: await open({ username: 'bob', sessionId: 3, roomId: 1 }),
    };
    const left = () => Object.entries(subscriptions).flatMap(([name, { ended }]) => (ended ? [] : [name]));
    const error = new AppError('UNAUTHORIZED');
    await hub.end({ roomId: 3 }, error);
    await hub.end({ roomId: 2, username: 'bob' }, error);
    await hub.end({ sessionIds: [] }, error);
    expect(left()).toHaveLength(5);
    await hub.end({ roomId: 1, username: 'ada' }, error);
    expect(left()).toEqual(['adaInTwo', 'adaInbox', 'bobInOne']);
    await hub.end({ sessionIds: [1, 9] }, error);
    expect(left()).toEqual(['bobInOne']);
    expect([hub.size, hub.sessionIds(), [...hub.roomUsers()]]).toEqual([
      1,
      [3],
      [{ roomId: 1, username: 'bob' }],
    ]);
    await hub.end({ roomId: 1 }, error);
    expect([hub.size, hub.sessionIds(), [...hub.roomUsers()]]).toEqual([0, [], []]);
  });

  it('sends to thousands in slices, each event once to those who were there and to those who join meanwhile', async () => {
    const { hub, bus } = create();
    const stored = ['1'];
    const source: Source = {
      async read(after = '0') {
        const events = stored
          .filter((id) => Number(id) > Number(after))
          .map((id) => new LiveEvent({ id }, id));
        return { events, complete: true, position: stored.at(-1) ?? '0' };
      },
      isNewer: (a, b) => Number(a) > Number(b),
    };
    const opened = await openMany(hub, source);
    const counts = opened.map(attach);
    while (hub.counts.deliveries < size) await turn();

    stored.push('2');
    await bus.publish('room:1');
    const newcomers: (() => number)[] = [];
    let isDone = false;
    const received = () => counts.reduce((sum, count) => sum + count(), 0);
    const all = async () => {
      while (!isDone) {
        const facts = { username: 'new', sessionId: 0 };
        newcomers.push(attach(await hub.open('room:1', source, facts, { after: '1', signal: undefined })));
        await turn();
        isDone = received() === 2 * size;
      }
    };
    expect(await largestStep(all, received)).toBeLessThanOrEqual(2000);
    stored.push('3');
    await bus.publish('room:1');
    while (counts.some((count) => count() < 3) || newcomers.some((count) => count() < 2)) await turn();
    expect(new Set(counts.map((count) => count()))).toEqual(new Set([3]));
    expect(new Set(newcomers.map((count) => count()))).toEqual(new Set([2]));
    expect(newcomers.length).toBeGreaterThan(1);
  });
});

it('rechecks thousands of memberships in slices, and ends those that were lost', async () => {
  const { deps, roomId } = await startRoom();
  const users = Array.from({ length: 300 }, (_, n) => ({
    username: `user ${n}`,
    password: 'x',
    email: `${n}`,
  }));
  await deps.db.user.createMany({ data: users });
  const expiresAt = new Date(deps.clock() + 3_600_000);
  const session = { createdAt: new Date(), expiresAt, lastUsedAt: new Date() };
  await deps.db.session.createMany({
    data: users.map(({ username }) => ({ username, tokenHash: username, ...session })),
  });
  const members = users.slice(0, 250);
  await deps.db.roomMember.createMany({ data: members.map(({ username }) => ({ roomId, username })) });
  for (const { id, username } of await deps.db.session.findMany({
    where: { username: { startsWith: 'user ' } },
  }))
    await deps.hub.open(
      `room:${roomId}`,
      none,
      { username, sessionId: id, roomId },
      { after: '', signal: undefined },
    );

  let statements = 0;
  const { sql } = deps;
  const counting = (statement: Parameters<typeof sql>[0]) => {
    statements += 1;
    return sql(statement);
  };
  deps.sql = Object.assign(counting, sql);
  expect(
    await largestStep(
      () => recheckAccess(deps),
      () => statements,
    ),
  ).toBeLessThanOrEqual(2);
  expect(statements).toBe(4);
  expect(deps.hub.size).toBe(250);
  expect([...deps.hub.roomUsers()].map(({ username }) => username).sort()).toEqual(
    members.map(({ username }) => username).sort(),
  );
});

function holdTimers(): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
}

it('pings thousands of connections in slices, each once', async () => {
  holdTimers();
  const pings = new Array<number>(size).fill(0);
  let sent = 0;
  const stop = pingRegularly(pings.keys(), (index) => {
    pings[index] = (pings[index] ?? 0) + 1;
    sent += 1;
  });
  onTestFinished(stop);
  async function ping() {
    vi.advanceTimersByTime(pingMs);
    while (sent < size) await turn();
  }
  expect(await largestStep(ping, () => sent)).toBeLessThanOrEqual(400);
  expect(new Set(pings)).toEqual(new Set([1]));
});

it('ends thousands of event streams in slices', async () => {
  holdTimers();
  const streams = createSseStreams({ metrics: noMetrics });
  const responses = Array.from({ length: size }, () => new ServerResponse(new IncomingMessage(new Socket())));
  for (const response of responses) streams.open(response.req, response);
  const ended = () => responses.filter(({ writableEnded }) => writableEnded).length;
  expect(await largestStep(() => streams.close(), ended)).toBeLessThanOrEqual(400);
  expect(ended()).toBe(size);
});

it('checks thousands of sessions in slices, and ends those that are over', async () => {
  const { deps } = await startMirage();
  holdTimers();
  onTestFinished(watchSubscribers(deps));
  const count = 3000;
  const usernames = Array.from({ length: count }, (_, n) => `user ${n}`);
  const now = deps.clock();
  const session = { createdAt: new Date(now), expiresAt: new Date(now + deps.config.sessionTtlMs) };
  await deps.db.session.createMany({
    data: usernames.map((username) => ({ username, tokenHash: username, ...session })),
  });
  for (const { id, username } of await deps.db.session.findMany())
    await deps.hub.open('x', none, { username, sessionId: id }, { after: '', signal: undefined });
  await deps.db.session.deleteMany({ where: { username: { in: usernames.slice(-10) } } });

  const statements = countStatements(/sessions/);
  async function check() {
    vi.advanceTimersByTime(recheckAccessMs);
    while (deps.hub.size > count - 10) await turn();
  }
  expect(await largestStep(check, statements)).toBeLessThanOrEqual(2);
  expect(statements()).toBeGreaterThanOrEqual(6);
  expect(deps.hub.sessionIds()).toHaveLength(count - 10);
});
