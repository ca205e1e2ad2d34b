import { expect, it } from 'vitest';
import { createRedisTickets } from '../../src/server/infra/stores/redis-tickets.ts';
import { describeTickets } from '../server/tickets.contract.ts';
import { freshRedis, passTime } from './support/services.ts';

describeTickets('in Redis', async () => {
  const link = await freshRedis();
  return { tickets: createRedisTickets(link), passTime: (ms) => passTime(link, ms) };
});

it('in Redis: are accepted at every server, but only once', async () => {
  const link = await freshRedis();
  const here = createRedisTickets(link);
  const there = createRedisTickets({ ...(await freshRedis()), prefix: link.prefix });
  const alice = { id: 1, username: 'alice' };
  const ticket = await here.issue(alice);
  const sessions = await Promise.all([there, here, there, here].map((each) => each.redeem(ticket)));
  expect(sessions.filter((session) => session !== undefined)).toEqual([alice]);
});

it('in Redis: cannot be read from there', async () => {
  const link = await freshRedis();
  const ticket = await createRedisTickets(link).issue({ id: 1, username: 'alice' });
  const [key = ''] = await link.commands.keys(`${link.prefix}*`);
  expect(key).not.toContain(ticket);
  expect(await link.commands.get(key)).not.toContain(ticket);
});
