import { maxFoldedLength } from '../../core/search/fold.ts';
import { type Gram, tokensOf } from '../../core/search/tokens.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';

/**
 * A stretch of the messages that one user sent or received, oldest first. The index knows each part by itself, so that a
 * search reads of one user alone, and only as much as it needs.
 */
export interface SearchPart {
  id: number;
  /** The oldest message in it. */
  firstId: number;
  /** It is complete up to this message. */
  readyId: number;
}

/**
 * Finds messages by what is in them. What it finds may be too much, as it knows sequences of three characters and keeps no
 * text, and never too little, up to the end of the newest part.
 */
export interface SearchIndex {
  /** The parts of a user's messages, newest first. Empty for users that are not indexed. */
  parts(username: string): Promise<SearchPart[]>;
  /** Messages with all of these sequences, newest first. */
  find(part: SearchPart, grams: Gram[], range: { before: number; limit: number }): Promise<number[]>;
  /** Indexes the next messages of a user. `busy` if another server is at it. */
  advance(username: string): Promise<'done' | 'more' | 'busy'>;
  /** Takes in some of the edits and deletions of indexed messages. Returns whether there are more. */
  settle(): Promise<boolean>;
  /** Empties the index. */
  clear(): Promise<void>;
  /** Removes what an earlier version has indexed in another way. Returns whether a later version has, which is left alone. */
  prepare(): Promise<{ isNewer: boolean }>;
}

/** The most messages of a part. What is found in one part is found at once, so it must not be too many. */
export const maxPartSize = 16_384;

/** The most messages, and about the most tokens, that are indexed at a time. */
export const maxBatch = 200;
export const maxBatchTokens = 8000;

/** Rises when texts are folded or taken apart in another way, be it by us or by a newer Unicode. */
export const searchVersion = 1000 + Math.round(10 * Number.parseFloat(process.versions.unicode ?? '0'));

/** As much of a text as can be searched. */
export const searchedText = (column: Prisma.Sql) =>
  Prisma.sql`substr(${column}, 1, ${Prisma.raw(String(maxFoldedLength))})`;

/** What the index calls a message, once for each side. */
export const docOf = (messageId: number, isSender: boolean) => 2 * messageId + (isSender ? 0 : 1);
export const messageOf = (doc: number | bigint) => Math.floor(Number(doc) / 2);

const scoped = (part: number, token: string) => `${part.toString(36)}_${token}`;

/** The tokens of a folded text in a part, apart from the same ones of other parts. */
export const docTokens = (part: number, folded: string) =>
  tokensOf(folded).map((token) => scoped(part, token));

/** Each sequence as `write` puts it, which gets no characters but ASCII letters, digits and `_`. */
export const gramTokens = (
  part: number,
  grams: Gram[],
  write: (token: string, isPrefix: boolean) => string,
) => grams.map(({ token, isPrefix }) => write(scoped(part, token), isPrefix));

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

export const toPart = ({ id, first_id, ready_id }: PartRow): SearchPart => ({
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
