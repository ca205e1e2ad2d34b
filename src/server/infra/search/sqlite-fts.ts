import type { Gram } from '../../core/search/tokens.ts';
import type { Db } from '../db/database.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql } from '../db/raw-sql.ts';
import { gramTokens } from './search-index.ts';

// Tables of FTS5 that keep no content: deleting takes the tokens that were inserted.

export type Transaction = Pick<Db, '$queryRaw' | '$executeRaw'>;

/** A number and the tokens of one text. */
export type Doc = [doc: number, tokens: string];

type Table = 'inbox_search' | 'room_search';

/** Merged with every batch, a little and not much now and then, which would block the process. */
const mergedPages = 50;

/** The highest numbers below `before` of texts with all of these sequences. */
export async function findDocs(
  sql: RawSql,
  table: Table,
  { part, grams, before, limit }: { part: number; grams: Gram[]; before: number; limit: number },
): Promise<number[]> {
  const match = gramTokens(part, grams, (token, isPrefix) => `"${token}"${isPrefix ? ' *' : ''}`);
  const name = Prisma.raw(table);
  const rows = await sql<{ doc: number | bigint }>(Prisma.sql`
    SELECT rowid AS doc FROM ${name} WHERE ${name} MATCH ${match.join(' AND ')} AND rowid < ${before}
    ORDER BY rowid DESC LIMIT ${limit}`);
  return rows.map(({ doc }) => Number(doc));
}

export async function addDocs(tx: Transaction, table: Table, docs: Doc[]): Promise<void> {
  const name = Prisma.raw(table);
  await tx.$executeRaw`
    INSERT INTO ${name} (rowid, tokens) SELECT value->>0, value->>1 FROM json_each(${JSON.stringify(docs)})`;
  await tx.$executeRaw`INSERT INTO ${name} (${name}, rank) VALUES ('merge', ${mergedPages})`;
}

export async function removeDocs(tx: Transaction, table: Table, docs: Doc[]): Promise<void> {
  const name = Prisma.raw(table);
  await tx.$executeRaw`
    INSERT INTO ${name} (${name}, rowid, tokens)
    SELECT 'delete', value->>0, value->>1 FROM json_each(${JSON.stringify(docs)})`;
}

export async function clearDocs(tx: Transaction, table: Table): Promise<void> {
  const name = Prisma.raw(table);
  await tx.$executeRaw`INSERT INTO ${name} (${name}) VALUES ('delete-all')`;
}
