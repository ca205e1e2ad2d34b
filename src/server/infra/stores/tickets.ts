import { createHash, randomBytes } from 'node:crypto';
import { lruCache } from '../../core/lru-cache.ts';
import type { Session } from '../../core/session.ts';

/** A session, or a token of the host application, which is resolved when the ticket is redeemed. */
export type TicketSubject = Pick<Session, 'id' | 'username'> | { token: string };

/** A ticket is a short-lived, single-use credential for places where a token must not appear, such as URLs. */
export interface Tickets {
  issue(subject: TicketSubject): Promise<string>;
  /** Resolves to the subject of a valid ticket, and invalidates the ticket. */
  redeem(ticket: string): Promise<TicketSubject | undefined>;
}

export const ticketTtlMs = 30_000;

export const hashOf = (ticket: string) => createHash('sha256').update(ticket).digest('hex');

export const newTicket = () => randomBytes(32).toString('base64url');

/** For a single process. Holds 10,000 unredeemed tickets; beyond that the oldest is evicted. */
export function createMemoryTickets(): Tickets {
  const subjects = lruCache<string, TicketSubject>(10_000, { ttl: ticketTtlMs });
  return {
    async issue(subject) {
      const ticket = newTicket();
      subjects.set(hashOf(ticket), subject);
      return ticket;
    },

    async redeem(ticket) {
      const hash = hashOf(ticket);
      const subject = subjects.get(hash);
      subjects.delete(hash);
      return subject;
    },
  };
}
