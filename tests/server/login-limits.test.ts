import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { advanceMonotonicClock, retryAfter, times } from '../support/limits.ts';
import { tally } from '../support/refusal.ts';

async function startWithAlice() {
  const mirage = await startMirage({ rateLimit: true });
  const alice = await mirage.user('alice');
  const login = (password: string, username = 'alice') =>
    mirage.client().auth.login.mutate({ username, password });
  return { ...mirage, alice, login };
}

it('refuses the eleventh attempt to log in, even with the right password, for at most 15 minutes', async () => {
  const { alice, login } = await startWithAlice();
  expect(await tally(times(10, () => login('wrong')))).toEqual({ INVALID_CREDENTIALS: 10 });

  const wait = await retryAfter(login(alice.password));
  expect(wait).toBeGreaterThan(14 * 60);
  expect(wait).toBeLessThanOrEqual(15 * 60);
  await alice.client.auth.me.query();

  advanceMonotonicClock(wait * 1000);
  await login(alice.password);
});

it('verifies at most ten of many concurrent guesses', async () => {
  const { login } = await startWithAlice();
  const results = await tally(times(40, (index) => login(`guess ${index}`)));
  expect(results).toEqual({ INVALID_CREDENTIALS: 10, TOO_MANY_REQUESTS: 30 });
});

it('resets failed logins after a successful one', async () => {
  const { alice, login } = await startWithAlice();
  for (let round = 0; round < 3; round += 1) {
    expect(await tally(times(9, () => login('wrong')))).toEqual({ INVALID_CREDENTIALS: 9 });
    await login(alice.password);
  }
});

it('limits unknown users like existing ones', async () => {
  const { login } = await startWithAlice();
  const results = await tally(times(11, () => login('wrong', 'nobody')));
  expect(results).toEqual({ INVALID_CREDENTIALS: 10, TOO_MANY_REQUESTS: 1 });
});

it('does not count failures of one user against another', async () => {
  const { login, user } = await startWithAlice();
  await tally(times(11, () => login('wrong')));
  await user('bob');
});

/** Logs in as if through a proxy, which says from where. Gives the status. */
function loginFrom(url: string) {
  return async (address: string, password: string, username = 'alice') => {
    const response = await fetch(`${url}/trpc/auth.login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ username, password }),
    });
    await response.text();
    return response.status;
  };
}

const password = 'password of alice';

it('limits guesses at one user name to ten from all unknown addresses together', async () => {
  const { user, url } = await startMirage({ rateLimit: true, trustedProxies: 1 });
  await user('alice');
  const login = loginFrom(url);
  for (let attempt = 0; attempt < 10; attempt += 1)
    expect(await login(`203.0.113.${attempt}`, 'wrong')).toBe(401);
  expect(await login('203.0.113.99', password)).toBe(429);
});

it('does not lock a user out of an address from which they have logged in', async () => {
  const { user, url } = await startMirage({ rateLimit: true, trustedProxies: 1 });
  await user('alice');
  const login = loginFrom(url);
  expect(await login('198.51.100.7', password)).toBe(200);
  for (let attempt = 0; attempt < 11; attempt += 1) await login('203.0.113.1', 'wrong');
  expect(await login('203.0.113.1', password)).toBe(429);
  expect(await login('198.51.100.7', password)).toBe(200);

  // There too, ten guesses are all.
  for (let attempt = 0; attempt < 10; attempt += 1) expect(await login('198.51.100.7', 'wrong')).toBe(401);
  expect(await login('198.51.100.7', password)).toBe(429);
});

it('limits an address to a hundred failures over all names, and accepts other addresses', async () => {
  const { user, url } = await startMirage({ rateLimit: true, trustedProxies: 1 });
  await user('alice');
  const login = loginFrom(url);
  const guess = (index: number) => login('203.0.113.1', 'wrong', `user ${index}`);
  const statuses = await Promise.all(times(110, guess));
  expect(statuses.filter((status) => status === 401)).toHaveLength(100);
  expect(await login('203.0.113.1', password)).toBe(429);
  expect(await login('203.0.113.2', password)).toBe(200);
});

it('does not count successful logins against an address', async () => {
  const { user, url, deps } = await startMirage({ rateLimit: true, trustedProxies: 1 });
  await user('alice');
  await user('bob');
  const login = loginFrom(url);
  for (let round = 0; round < 12; round += 1) expect(await login('203.0.113.1', password)).toBe(200);
  for (let left = 100; left > 0; left -= 1)
    expect(await deps.limits.count('passwordsFromAddress', '203.0.113.1')).toBe(0);
  expect(await login('203.0.113.1', 'password of bob', 'bob')).toBe(429);
});

it('counts an IPv6 network as one address', async () => {
  const { user, url } = await startMirage({ rateLimit: true, trustedProxies: 1 });
  await user('alice');
  const login = loginFrom(url);
  await Promise.all(
    times(100, (index) => login(`2001:db8:0:7::${index.toString(16)}`, 'wrong', `user ${index}`)),
  );
  expect(await login('2001:db8:0:7:ffff::1', password)).toBe(429);
  expect(await login('2001:db8:0:8::1', password)).toBe(200);
});

it('uses forwarded addresses of trusted proxies only', async () => {
  const { user, url } = await startMirage({ rateLimit: true });
  await user('alice');
  const login = loginFrom(url);
  for (let attempt = 0; attempt < 10; attempt += 1) await login(`203.0.113.${attempt}`, 'wrong');
  expect(await login('198.51.100.7', password)).toBe(429);
});
