import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Session } from './context.ts';

/** A session that is proven, or a token of the host, for which it must vouch when the ticket is used. */
export type Bearer = Pick<Session, 'id' | 'username'> | { token: string };

/** A ticket stands for its bearer where a token must not be shown, such as in a URL: once, and not for long. */
export interface Tickets {
  issue(bearer: Bearer): Promise<string>;
  /** The bearer of a ticket that is good. It is not good again. */
  redeem(ticket: string): Promise<Bearer | undefined>;
}

export const ticketTtlMs = 30_000;

export const hashOf = (ticket: string) => createHash('sha256').update(ticket).digest('hex');

export const newTicket = () => randomBytes(32).toString('base64url');

/** For a single process. Beyond 10,000 tickets that nobody has used, the oldest is forgotten. */
export function createMemoryTickets(): Tickets {
  const bearers = new LRUCache<string, Bearer>({ max: 10_000, ttl: ticketTtlMs });
  return {
    async issue(bearer) {
      const ticket = newTicket();
      bearers.set(hashOf(ticket), bearer);
      return ticket;
    },

    async redeem(ticket) {
      const hash = hashOf(ticket);
      const bearer = bearers.get(hash);
      bearers.delete(hash);
      return bearer;
    },
  };
}
