import type { Gram } from '../../core/search/tokens.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { Statements } from '../db/raw-sql.ts';
import { gramTokens, type SearchPart } from './search-index.ts';

// Tables of FTS5 that keep no content: deleting takes the tokens that were inserted.

/** A number and the tokens of one text. */
export type Doc = [doc: number, tokens: string];

type Table = 'inbox_search' | 'room_search';

/** Merged with every batch, a little and not much now and then, which would block the process. */
const mergedPages = 50;

/** Nothing else runs during a statement, and one about several parts takes no less time than one about each. */
export const partsAtOnce = 1;

interface Asked {
  parts: SearchPart<unknown>[];
  grams: Gram[];
  before: Prisma.Sql;
  limit: number;
}

/** The highest numbers below `before` of texts with all of these sequences. */
export function selectDocs(table: Table, { parts, grams, before, limit }: Asked): Prisma.Sql {
  const match = parts.map(({ id }) => {
    const all = gramTokens(id, grams, (token, isPrefix) => `"${token}"${isPrefix ? ' *' : ''}`);
    return `(${all.join(' AND ')})`;
  });
  const name = Prisma.raw(table);
  return Prisma.sql`
    SELECT rowid AS doc FROM ${name} WHERE ${name} MATCH ${match.join(' OR ')} AND rowid < ${before}
    ORDER BY rowid DESC LIMIT ${limit}`;
}

export async function addDocs(tx: Statements, table: Table, docs: Doc[]): Promise<void> {
  const name = Prisma.raw(table);
  await tx.run(Prisma.sql`
    INSERT INTO ${name} (rowid, tokens) SELECT value->>0, value->>1 FROM json_each(${JSON.stringify(docs)})`);
  await tx.run(Prisma.sql`INSERT INTO ${name} (${name}, rank) VALUES ('merge', ${mergedPages})`);
}

export async function removeDocs(tx: Statements, table: Table, docs: Doc[]): Promise<void> {
  const name = Prisma.raw(table);
  await tx.run(Prisma.sql`
    INSERT INTO ${name} (${name}, rowid, tokens)
    SELECT 'delete', value->>0, value->>1 FROM json_each(${JSON.stringify(docs)})`);
}

export async function clearDocs(tx: Statements, table: Table): Promise<void> {
  const name = Prisma.raw(table);
  await tx.run(Prisma.sql`INSERT INTO ${name} (${name}) VALUES ('delete-all')`);
}
