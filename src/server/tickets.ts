import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Session } from './context.ts';

/** A ticket stands for a session where a token must not be shown, such as in a URL: once, and not for long. */
export interface Tickets {
  issue(session: Session): Promise<string>;
  /** The session of a ticket that is good. It is not good again. */
  redeem(ticket: string): Promise<Session | undefined>;
}

export const ticketTtlMs = 30_000;

export const hashOf = (ticket: string) => createHash('sha256').update(ticket).digest('hex');

export const newTicket = () => randomBytes(32).toString('base64url');

/** For a single process. Beyond 10,000 tickets that nobody has used, the oldest is forgotten. */
export function createMemoryTickets(): Tickets {
  const sessions = new LRUCache<string, Session>({ max: 10_000, ttl: ticketTtlMs });
  return {
    async issue(session) {
      const ticket = newTicket();
      sessions.set(hashOf(ticket), session);
      return ticket;
    },

    async redeem(ticket) {
      const hash = hashOf(ticket);
      const session = sessions.get(hash);
      sessions.delete(hash);
      return session;
    },
  };
}
