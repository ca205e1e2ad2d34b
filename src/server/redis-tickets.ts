import type { Session } from './context.ts';
import { type RedisLink, reply } from './redis.ts';
import { hashOf, newTicket, type Tickets, ticketTtlMs } from './tickets.ts';

/** Good at every server, and at one of them once. */
export function createRedisTickets({ commands, prefix }: Pick<RedisLink, 'commands' | 'prefix'>): Tickets {
  const keyOf = (ticket: string) => `${prefix}ticket:${hashOf(ticket)}`;
  return {
    async issue({ id, username }) {
      const ticket = newTicket();
      await reply(commands.set(keyOf(ticket), JSON.stringify({ id, username }), 'PX', ticketTtlMs));
      return ticket;
    },

    async redeem(ticket) {
      const session = await reply(commands.getdel(keyOf(ticket)));
      return session === null ? undefined : (JSON.parse(session) as Session); // safe: as issued above
    },
  };
}
