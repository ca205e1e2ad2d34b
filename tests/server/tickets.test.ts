import { expect, it, onTestFinished, vi } from 'vitest';
import { createMemoryTickets } from '../../src/server/infra/stores/tickets.ts';
import { describeTickets } from './tickets.contract.ts';

describeTickets('in memory', () => {
  let now = 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  // The cache looks at the clock again once a timer has gone off.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  return {
    tickets: createMemoryTickets(),
    passTime(ms) {
      now += ms;
      vi.advanceTimersByTime(ms);
    },
  };
});

it('in memory: evicts the oldest of more than 10,000 tickets', async () => {
  const tickets = createMemoryTickets();
  const issued: string[] = [];
  for (let id = 0; id <= 10_000; id += 1) issued.push(await tickets.issue({ id, username: 'alice' }));
  const [oldest = '', next = ''] = issued;
  expect(await tickets.redeem(oldest)).toBeUndefined();
  expect(await tickets.redeem(next)).toEqual({ id: 1, username: 'alice' });
});
