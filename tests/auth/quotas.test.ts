import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { tally } from '../support/refusal.ts';

const hourMs = 3_600_000;
const maxPerUser = { rooms: 100, memberships: 100, sessions: 3, tickets: 2, tokens: 2 };

it('ends the least recently used session when the quota is exceeded', async () => {
  const { user, client, clock } = await startMirage({ maxPerUser });
  const { username, password, ...first } = await user('ada');
  const bob = await user('bob');
  const logIn = async () => client((await client().auth.login.mutate({ username, password })).token);
  clock.advance(2 * hourMs);
  const second = await logIn();
  clock.advance(2 * hourMs);
  await logIn();
  await first.client.auth.me.query();

  const fourth = await logIn();

  await expect(second.auth.me.query()).rejects.toMatchObject({ data: { reason: 'UNAUTHORIZED' } });
  expect(await fourth.auth.listSessions.query()).toHaveLength(3);
  for (const client of [first.client, fourth, bob.client]) await client.auth.me.query();
});

it('limits tickets to the quota per 30 seconds', async () => {
  const { user } = await startMirage({ maxPerUser, rateLimit: true });
  const [ada, bob] = [await user('ada'), await user('bob')];
  const issue = ({ client } = ada) => client.auth.createTicket.mutate();
  expect(await tally([issue(), issue(), issue(), issue(bob)])).toEqual({ ok: 3, TOO_MANY_REQUESTS: 1 });
});
