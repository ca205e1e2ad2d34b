import { beforeEach, describe, expect, it } from 'vitest';
import { type Tickets, ticketTtlMs } from '../../src/server/infra/stores/tickets.ts';

export interface OpenedTickets {
  tickets: Tickets;
  /** For them it is then so many milliseconds later. */
  passTime(ms: number): void | Promise<void>;
}

const alice = { id: 1, username: 'alice' };
const bob = { id: 2, username: 'bob' };

/** What all tickets promise. */
export function describeTickets(name: string, open: () => OpenedTickets | Promise<OpenedTickets>): void {
  describe(`${name}: tickets`, () => {
    let tickets: Tickets;
    let passTime: OpenedTickets['passTime'];

    beforeEach(async () => {
      ({ tickets, passTime } = await open());
    });

    it('return the session that each was issued for', async () => {
      const ofAlice = await tickets.issue(alice);
      const ofBob = await tickets.issue(bob);
      expect(await tickets.redeem(ofBob)).toEqual(bob);
      expect(await tickets.redeem(ofAlice)).toEqual(alice);
    });

    it('are unique, and as hard to guess as a token', async () => {
      const issued = await Promise.all(Array.from({ length: 100 }, () => tickets.issue(alice)));
      expect(new Set(issued).size).toBe(100);
      for (const ticket of issued) expect(Buffer.from(ticket, 'base64url')).toHaveLength(32);
    });

    it('are accepted once', async () => {
      const ticket = await tickets.issue(alice);
      const another = await tickets.issue(alice);
      await tickets.redeem(ticket);
      expect(await tickets.redeem(ticket)).toBeUndefined();
      expect(await tickets.redeem(another)).toEqual(alice);
    });

    it('are accepted once when redeemed concurrently', async () => {
      const ticket = await tickets.issue(alice);
      const sessions = await Promise.all(Array.from({ length: 20 }, () => tickets.redeem(ticket)));
      expect(sessions.filter((session) => session !== undefined)).toEqual([alice]);
    });

    it('are accepted for 30 seconds, each from when it was issued', async () => {
      const early = await tickets.issue(alice);
      const late = await tickets.issue(alice);
      await passTime(ticketTtlMs / 2);
      expect(await tickets.redeem(early)).toEqual(alice);
      const next = await tickets.issue(bob);
      await passTime(ticketTtlMs / 2 + 1);
      expect(await tickets.redeem(late)).toBeUndefined();
      expect(await tickets.redeem(next)).toEqual(bob);
    });

    it.each(['', 'unknown', 'x'.repeat(10_000)])('that nobody has issued are not good', async (ticket) => {
      await tickets.issue(alice);
      expect(await tickets.redeem(ticket)).toBeUndefined();
    });
  });
}
