import { expect, it, vi } from 'vitest';
import { createUserCalls } from '../../src/server/infra/limits/user-calls.ts';
import { startMirage } from '../support/harness.ts';
import { openSocket } from '../support/raw-socket.ts';

const turn = () => new Promise(setImmediate);

it('runs a bounded number of calls of one user over all transports, and serves others meanwhile', async () => {
  const mirage = await startMirage();
  const { url, deps } = mirage;
  const [ada, bob] = [await mirage.user('ada'), await mirage.user('bob')];
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let running = 0;
  const { sql } = deps;
  const holding = (statement: Parameters<typeof sql>[0]) => {
    if (!statement.values.includes('ada')) return sql(statement);
    running += 1;
    return held.then(() => sql(statement));
  };
  deps.sql = Object.assign(holding, sql);
  const sockets = await Promise.all(Array.from({ length: 4 }, () => openSocket(url, ada.token)));
  for (const { send } of sockets)
    for (let id = 1; id <= 90; id += 1) send({ id, method: 'query', params: { path: 'auth.me' } });
  const overHttp = ada.client.auth.me.query();
  await vi.waitFor(() => expect(running).toBe(50));

  expect(await bob.client.auth.me.query()).toMatchObject({ username: 'bob' });
  expect(await mirage.rest('GET', '/api/inbox_count', bob)).toMatchObject([200, {}]);
  expect(running).toBe(50);

  goOn();
  expect(await overHttp).toMatchObject({ username: 'ada' });
  for (const { until, texts } of sockets) await until(() => texts.length === 90);
  expect(running).toBe(361);
});

it('refuses calls beyond those that may wait, counts users apart, and starts waiting calls in later turns', async () => {
  const calls = createUserCalls({ running: 1, waiting: 1 });
  expect(calls.enter('ada')).toBeUndefined();
  let hasBegun = false;
  void calls.enter('ada')?.then(() => {
    hasBegun = true;
  });
  expect(() => calls.enter('ada')).toThrow(
    expect.objectContaining({ reason: 'TOO_MANY_REQUESTS', retryAfterMs: 1000 }),
  );
  expect(calls.enter('bob')).toBeUndefined();
  calls.leave('bob');

  calls.leave('ada');
  await Promise.resolve();
  expect(hasBegun).toBe(false);
  await turn();
  await turn();
  expect(hasBegun).toBe(true);
  calls.leave('ada');
  expect(calls.enter('ada')).toBeUndefined();
});
