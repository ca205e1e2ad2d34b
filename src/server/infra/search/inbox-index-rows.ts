import { Prisma } from '../db/generated/sqlite/client.ts';
import { maxBatch, type SearchPart, searchedText, searchVersion } from './search-index.ts';

/** What the index calls a message, once for each side. */
export const docOf = (messageId: number, isSender: boolean) => 2 * messageId + (isSender ? 0 : 1);
export const messageOf = (doc: number | bigint) => Math.floor(Number(doc) / 2);

export interface PartRow {
  id: number | bigint;
  first_id: number | bigint;
  last_id: number | bigint;
  ready_id: number | bigint;
  size: number | bigint;
}

export const selectParts = (username: string) => Prisma.sql`
  SELECT id, first_id, last_id, ready_id, size FROM inbox_search_parts
  WHERE username = ${username} AND version = ${searchVersion} ORDER BY first_id DESC`;

export const toPart = ({ id, first_id, ready_id }: PartRow): SearchPart<number> => ({
  id: Number(id),
  firstId: Number(first_id),
  readyId: Number(ready_id),
});

export interface TextRow {
  id: number | bigint;
  sender: string;
  text: string;
}

/** The next messages of a user, oldest first. */
export function selectNext(username: string, { after, upTo }: { after: number; upTo?: number }): Prisma.Sql {
  const within = upTo === undefined ? Prisma.empty : Prisma.sql`AND id <= ${upTo}`;
  const side = (column: Prisma.Sql) => Prisma.sql`
    SELECT id FROM (SELECT id FROM inbox_messages WHERE ${column} = ${username} AND id > ${after} ${within}
      ORDER BY id LIMIT ${maxBatch}) AS side`;
  return Prisma.sql`
    SELECT m.id, m.sender, ${searchedText(Prisma.raw('m.message'))} AS text
    FROM (${side(Prisma.raw('sender'))} UNION ${side(Prisma.raw('recipient'))} ORDER BY id LIMIT ${maxBatch}) AS page
    JOIN inbox_messages m ON m.id = page.id ORDER BY m.id`;
}

/** An indexed message that was edited or deleted. */
export interface RemovalRow {
  message_id: number | bigint;
  sender: string;
  /** As it was indexed. Postgres needs it not. */
  old_text: string;
  /** As it is now; null if it was deleted. */
  new_text: string | null;
  sender_part: number | bigint | null;
  recipient_part: number | bigint | null;
}

/** From a table `r` of removals. */
export function removalColumns(): Prisma.Sql {
  const partOf = (user: Prisma.Sql) => Prisma.sql`(
    SELECT p.id FROM inbox_search_parts p
    WHERE p.username = ${user} AND p.first_id <= r.message_id AND p.last_id >= r.message_id
    ORDER BY p.first_id DESC LIMIT 1)`;
  return Prisma.sql`
    r.message_id, r.sender, ${searchedText(Prisma.raw('r.message'))} AS old_text,
    (SELECT ${searchedText(Prisma.raw('m.message'))} FROM inbox_messages m WHERE m.id = r.message_id) AS new_text,
    ${partOf(Prisma.raw('r.sender'))} AS sender_part,
    CASE WHEN r.sender <> r.recipient THEN ${partOf(Prisma.raw('r.recipient'))} END AS recipient_part`;
}

/** The sides of such a message that are indexed. */
export const sidesOf = ({ message_id, sender_part, recipient_part }: RemovalRow) =>
  [
    { doc: docOf(Number(message_id), true), part: sender_part },
    { doc: docOf(Number(message_id), false), part: recipient_part },
  ].flatMap(({ doc, part }) => (part === null ? [] : [{ doc, part: Number(part) }]));
