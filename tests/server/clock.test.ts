import { expect, it, onTestFinished, vi } from 'vitest';
import { createClocks } from '../../src/server/core/clock.ts';
import { createMemoryRateLimits } from '../../src/server/infra/limits/memory-rate-limits.ts';
import { limits } from '../../src/server/infra/limits/rate-limits.ts';
import { recheckMs } from '../../src/server/infra/stores/access-cache.ts';
import { createMemoryTickets } from '../../src/server/infra/stores/tickets.ts';
import { ada, call, fakeHost, startHost } from '../embedding/support.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

const hourMs = 3_600_000;

/** Sets the system's time, and leaves everything else as it is. */
function setSystemTime(change: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + change });
  onTestFinished(() => void vi.useRealTimers());
}

it('never runs backwards when the time is set back', () => {
  const wall = fakeClock();
  const { clock } = createClocks(wall);
  const start = clock();
  wall.advance(1000);
  expect(clock()).toBe(start + 1000);
  wall.advance(-hourMs);
  expect(clock()).toBe(start + 1000);
  wall.advance(500);
  expect(clock()).toBe(start + 1500);
  wall.advance(2 * hourMs);
  expect(clock()).toBe(start + 1500 + 2 * hourMs);
});

it('keeps its pace however often it is read while the time is set back', () => {
  const { clock, stopwatch } = createClocks();
  const start = clock();
  const startedAt = stopwatch();
  setSystemTime(-hourMs);
  while (stopwatch() - startedAt < 20) clock();
  expect(clock() - start).toBeGreaterThanOrEqual(18);
  expect(clock() - start).toBeLessThan(hourMs / 2);
});

it('measures durations independently of the wall clock', () => {
  const { stopwatch } = createClocks();
  const before = stopwatch();
  setSystemTime(hourMs);
  expect(stopwatch() - before).toBeLessThan(hourMs / 2);
});

it('rechecks a session in time although the clock was set back', async () => {
  const { deps, clock, user, client } = await startMirage();
  const { token } = await user('alice');
  const asAlice = client(token);
  await asAlice.auth.me.query();
  await deps.db.session.deleteMany();
  clock.advance(-hourMs);
  await asAlice.auth.me.query(); // still known, for a while
  clock.advance(recheckMs);
  await expect(asAlice.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
});

it('expires a session in time although the clock was set back', async () => {
  const { clock, user, client } = await startMirage({ sessionTtlMs: hourMs });
  const { token } = await user('alice');
  clock.advance(-hourMs);
  await client(token).auth.me.query();
  clock.advance(hourMs);
  await expect(client(token).auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
});

it('asks the host again in time although the clock was set back', async () => {
  const host = fakeHost({ 'token of ada': ada });
  const { url, clock } = await startHost(host);
  expect((await call(url, 'token of ada')).status).toBe(200);
  host.tokens.delete('token of ada');
  clock.advance(-hourMs);
  expect((await call(url, 'token of ada')).status).toBe(200); // still known, for a while
  clock.advance(recheckMs);
  expect((await call(url, 'token of ada')).status).toBe(401);
});

it.each([-hourMs, hourMs])(
  'neither lifts nor extends a rate limit when the time is set by %d ms',
  async (change) => {
    const rateLimits = createMemoryRateLimits();
    const { attempts, windowMs } = limits.login;
    for (let n = 0; n < attempts; n += 1) expect(await rateLimits.count('login', 'alice')).toBe(0);
    setSystemTime(change);
    const retryAfterMs = await rateLimits.count('login', 'alice');
    expect(retryAfterMs).toBeGreaterThan(windowMs / 2);
    expect(retryAfterMs).toBeLessThanOrEqual(windowMs);
  },
);

it.each([-hourMs, hourMs])('redeems a ticket although the clock is changed by %d ms', async (change) => {
  const tickets = createMemoryTickets();
  const ticket = await tickets.issue({ id: 1, username: 'alice' });
  setSystemTime(change);
  expect(await tickets.redeem(ticket)).toEqual({ id: 1, username: 'alice' });
});
