import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { type RedisLink, reply } from '../redis/redis.ts';
import { hashOf, newTicket, type TicketSubject, type Tickets, ticketTtlMs } from './tickets.ts';

/** Tickets that can be redeemed once, at any server. */
export function createRedisTickets({ commands, prefix }: Pick<RedisLink, 'commands' | 'prefix'>): Tickets {
  const keyOf = (ticket: string) => `${prefix}ticket:${hashOf(ticket)}`;
  return {
    async issue(subject) {
      const ticket = newTicket();
      await reply(commands.set(keyOf(ticket), seal(ticket, JSON.stringify(subject)), 'PX', ticketTtlMs));
      return ticket;
    },

    async redeem(ticket) {
      const sealed = await reply(commands.getdel(keyOf(ticket)));
      return sealed === null ? undefined : (JSON.parse(unseal(ticket, sealed)) as TicketSubject); // safe: as issued above
    },
  };
}

/** The key and nonce that encrypt the subject of a ticket. They cannot be derived from the hash stored in Redis. */
function keysOf(ticket: string): [key: Buffer, nonce: Buffer] {
  const bytes = Buffer.from(hkdfSync('sha256', ticket, '', 'mirage ticket', 44));
  return [bytes.subarray(0, 32), bytes.subarray(32)];
}

function seal(ticket: string, text: string): string {
  const cipher = createCipheriv('aes-256-gcm', ...keysOf(ticket));
  const bytes = [cipher.update(text, 'utf8'), cipher.final()];
  return Buffer.concat([cipher.getAuthTag(), ...bytes]).toString('base64');
}

function unseal(ticket: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', ...keysOf(ticket)).setAuthTag(bytes.subarray(0, 16));
  return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString();
}
