import { maxFoldedLength } from '../../core/search/fold.ts';
import { type Gram, tokensOf } from '../../core/search/tokens.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql } from '../db/raw-sql.ts';

/**
 * A stretch of the messages of one owner, oldest first: a user with what they sent or received, or a kept room. The index
 * knows each part by itself, so that a search reads of one owner alone, and only as much as it needs.
 */
export interface SearchPart<Id> {
  id: number;
  /** The oldest message in it. */
  firstId: Id;
  /** It is complete up to this message. */
  readyId: Id;
}

/**
 * Finds messages by what is in them. What it finds may be too much, as it knows sequences of three characters and keeps no
 * text, and never too little, up to the end of the newest part.
 */
export interface SearchIndex<Owner, Id> {
  /** The parts of an owner's messages, newest first. Empty for owners that are not indexed. */
  parts(owner: Owner): Promise<SearchPart<Id>[]>;
  /** How many parts `find` may be asked about at once. */
  partsAtOnce: number;
  /** Messages of these parts with all of these sequences, newest first. */
  find(parts: SearchPart<Id>[], grams: Gram[], range: { before: Id; limit: number }): Promise<Id[]>;
  /** Indexes the next messages of an owner. `busy` if another server is at it. */
  advance(owner: Owner): Promise<'done' | 'more' | 'busy'>;
  /**
   * Takes in some of the edits and deletions of indexed messages, or that of one message if the index can. Returns whether
   * there may be more.
   */
  settle(only?: { owner: Owner; id: Id }): Promise<boolean>;
  /** Empties the index. */
  clear(): Promise<void>;
  /** Removes what an earlier version has indexed in another way, and what is of no use. Returns whether a later version has indexed, which is left alone. */
  prepare(): Promise<{ isNewer: boolean }>;
}

/**
 * The most messages of a part, as each part that a search looks into takes a fixed time. SQLite goes through the lists of
 * a part step by step until it has enough, and Postgres finds all at once, so there it must not be too many.
 */
export const maxPartSize = { sqlite: 262_144, postgres: 16_384 };

/** The most messages, and about the most tokens, that are indexed at a time. */
export const maxBatch = 200;
export const maxBatchTokens = 8000;

/** Edits and deletions that are taken in at a time. */
export const maxSettled = 50;

/** Rises when texts are folded or taken apart in another way, be it by us or by a newer Unicode. */
export const searchVersion = 2000 + Math.round(10 * Number.parseFloat(process.versions.unicode ?? '0'));

/** As much of a text as can be searched. */
export const searchedText = (column: Prisma.Sql) =>
  Prisma.sql`substr(${column}, 1, ${Prisma.raw(String(maxFoldedLength))})`;

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

/** Whether there are parts of an earlier or a later version in a table of parts. */
export async function otherVersions(
  sql: RawSql,
  table: 'inbox_search_parts' | 'room_search_parts',
): Promise<{ older: boolean; newer: boolean }> {
  const versions = await sql<{ version: number | bigint }>(
    Prisma.sql`SELECT DISTINCT version FROM ${Prisma.raw(table)} WHERE version <> ${searchVersion}`,
  );
  const newer = versions.some(({ version }) => Number(version) > searchVersion);
  return { newer, older: !newer && versions.some(({ version }) => Number(version) < searchVersion) };
}
