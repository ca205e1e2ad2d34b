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

it('tells callers behind a trusted proxy apart, and believes nobody else', async () => {
  const password = 'password of alice';
  for (const trustedProxies of [0, 1]) {
    const { user, url } = await startMirage({ rateLimit: true, trustedProxies });
    await user('alice');
    const loginFrom = async (address: string, attempt: string) => {
      const response = await fetch(`${url}/trpc/auth.login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ username: 'alice', password: attempt }),
      });
      await response.text();
      return response.status;
    };
    for (let attempt = 0; attempt < 10; attempt += 1) await loginFrom('203.0.113.1', 'wrong');
    expect(await loginFrom('203.0.113.1', password)).toBe(429);
    expect(await loginFrom('203.0.113.2', password)).toBe(trustedProxies === 1 ? 200 : 429);
  }
});
