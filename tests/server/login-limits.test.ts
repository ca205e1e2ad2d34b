import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { advanceWorldClock, retryAfter, times } from '../support/limits.ts';
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

  advanceWorldClock(wait * 1000);
  await login(alice.password);
});

it('tries no more than ten of many guesses sent at once', async () => {
  const { login } = await startWithAlice();
  const results = await tally(times(40, (index) => login(`guess ${index}`)));
  expect(results).toEqual({ INVALID_CREDENTIALS: 10, TOO_MANY_REQUESTS: 30 });
});

it('forgets failed logins after one that succeeds', async () => {
  const { alice, login } = await startWithAlice();
  for (let round = 0; round < 3; round += 1) {
    expect(await tally(times(9, () => login('wrong')))).toEqual({ INVALID_CREDENTIALS: 9 });
    await login(alice.password);
  }
});

it('limits unknown users like known ones', async () => {
  const { login } = await startWithAlice();
  const results = await tally(times(11, () => login('wrong', 'nobody')));
  expect(results).toEqual({ INVALID_CREDENTIALS: 10, TOO_MANY_REQUESTS: 1 });
});

it('does not let one user pay for the failures of another', async () => {
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

it('stops guesses at one user name after ten, from however many addresses they come', async () => {
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

it('stops an address after a hundred failures with all sorts of names, and lets others in', async () => {
  const { user, url } = await startMirage({ rateLimit: true, trustedProxies: 1 });
  await user('alice');
  const login = loginFrom(url);
  const guess = (index: number) => login('203.0.113.1', 'wrong', `user ${index}`);
  const statuses = await Promise.all(times(110, guess));
  expect(statuses.filter((status) => status === 401)).toHaveLength(100);
  expect(await login('203.0.113.1', password)).toBe(429);
  expect(await login('203.0.113.2', password)).toBe(200);
});

it('counts no login that succeeds against an address', async () => {
  const { user, url, deps } = await startMirage({ rateLimit: true, trustedProxies: 1 });
  await user('alice');
  const login = loginFrom(url);
  for (let round = 0; round < 12; round += 1) expect(await login('203.0.113.1', password)).toBe(200);
  for (let left = 100; left > 0; left -= 1)
    expect(await deps.limits.count('passwordsFromAddress', '203.0.113.1')).toBe(0);
  expect(await login('203.0.113.1', password)).toBe(429);
});

it('takes all addresses of one customer of IPv6 for one', async () => {
  const { user, url } = await startMirage({ rateLimit: true, trustedProxies: 1 });
  await user('alice');
  const login = loginFrom(url);
  await Promise.all(
    times(100, (index) => login(`2001:db8:0:7::${index.toString(16)}`, 'wrong', `user ${index}`)),
  );
  expect(await login('2001:db8:0:7:ffff::1', password)).toBe(429);
  expect(await login('2001:db8:0:8::1', password)).toBe(200);
});

it('believes only a trusted proxy about where a caller is', async () => {
  const { user, url } = await startMirage({ rateLimit: true });
  await user('alice');
  const login = loginFrom(url);
  for (let attempt = 0; attempt < 10; attempt += 1) await login(`203.0.113.${attempt}`, 'wrong');
  expect(await login('198.51.100.7', password)).toBe(429);
});
