import { expect, it } from 'vitest';
import { hashing } from '../../src/server/services/shared/passwords.ts';
import { scrape, startMeasured } from '../support/metrics.ts';
import { tally } from '../support/refusal.ts';

it('counts stored inbox messages and commits', async () => {
  const { url, alice } = await startMeasured();
  await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: `message ${n}` }),
    ),
  );
  const { sum } = await scrape(url);
  expect(sum('mirage_inbox_commit_messages_sum')).toBe(100);
  const commits = sum('mirage_inbox_commit_messages_count');
  expect(commits).toBeGreaterThan(0);
  expect(commits).toBeLessThanOrEqual(100);
  expect(sum('mirage_inbox_commit_duration_seconds_count')).toBe(commits);
  expect(sum('mirage_inbox_commit_duration_seconds_sum')).toBeGreaterThan(0);
  expect(sum('mirage_inbox_messages_waiting')).toBe(0);

  // What is refused is not stored.
  expect(await tally([alice.client.inbox.sendMessage.mutate({ recipient: 'nobody', text: 'x' })])).toEqual({
    RECIPIENT_NOT_FOUND: 1,
  });
  expect((await scrape(url)).sum('mirage_inbox_commit_messages_sum')).toBe(100);
});

it('counts logins by outcome, and refusals by limit', async () => {
  const { url, client, rest } = await startMeasured({ rateLimit: true });
  const before = await scrape(url);
  const attempt = (password: string) => client().auth.login.mutate({ username: 'bob', password });
  for (let n = 0; n < 12; n += 1) await tally([attempt('wrong')]);
  await rest('POST', '/api/login', { username: 'alice', password: 'password of alice' });

  const after = await scrape(url);
  const logins = (outcome: string) =>
    after.sum('mirage_logins_total', { outcome }) - before.sum('mirage_logins_total', { outcome });
  expect([logins('INVALID_CREDENTIALS'), logins('TOO_MANY_REQUESTS'), logins('ok')]).toEqual([10, 2, 1]);
  expect(after.sum('mirage_limit_refusals_total', { limit: 'loginFromKnownAddress' })).toBe(2);
  expect(after.sum('mirage_limit_refusals_total')).toBe(2);
});

it('reports queue lengths, the state of services, and the version', async () => {
  const { url, client } = await startMeasured();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const busy = [hashing.run(() => held), hashing.run(() => held)];
  const login = client().auth.login.mutate({ username: 'bob', password: 'password of bob' });
  await expect
    .poll(async () => (await scrape(url)).sum('mirage_password_jobs', { state: 'waiting' }))
    .toBe(1);
  expect((await scrape(url)).sum('mirage_password_jobs', { state: 'running' })).toBe(2);
  release();
  await Promise.all([...busy, login]);
  const { sum, samples } = await scrape(url);
  expect(sum('mirage_password_jobs')).toBe(0);
  expect(sum('mirage_service_up', { service: 'database' })).toBe(1);
  expect(samples.find(({ name }) => name === 'mirage_build_info')).toMatchObject({
    value: 1,
    labels: { version: expect.stringMatching(/^\d+\.\d+/), node: process.version },
  });
});

it('reports an unreachable database', async () => {
  const { url, deps } = await startMeasured();
  deps.sql = Object.assign(() => Promise.reject(new Error('away')), deps.sql);
  expect((await scrape(url)).sum('mirage_service_up', { service: 'database' })).toBe(0);
});

it('reports the delay of the event loop', async () => {
  const { url } = await startMeasured();
  await scrape(url);
  await new Promise((resolve) => setTimeout(resolve, 100)); // time is what is measured
  const until = performance.now() + 300;
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 20)); // the timer that measures it has to run
  const { sum } = await scrape(url);
  expect(sum('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.2);
  const [p50, p99, max] = ['p50', 'p99', 'max'].map((each) => sum(`nodejs_eventloop_lag_${each}_seconds`));
  expect([p50, p99, max]).toEqual([p50, p99, max].toSorted((a = 0, b = 0) => a - b));
  expect(sum('process_cpu_user_seconds_total')).toBeGreaterThan(0.1);
  expect(sum('process_resident_memory_bytes')).toBeGreaterThan(1e7);
});

it('exports the metrics of the process through every server', async () => {
  for (const { url } of [await startMeasured(), await startMeasured()])
    expect((await scrape(url)).sum('process_resident_memory_bytes')).toBeGreaterThan(1e7);
});
