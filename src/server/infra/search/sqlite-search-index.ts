import { fold } from '../../core/search/fold.ts';
import type { Db } from '../db/database.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql } from '../db/raw-sql.ts';
import {
  docOf,
  docTokens,
  gramTokens,
  maxBatchTokens,
  maxPartSize,
  messageOf,
  type PartRow,
  type RemovalRow,
  removalColumns,
  type SearchIndex,
  searchVersion,
  selectNext,
  selectParts,
  sidesOf,
  type TextRow,
  toPart,
} from './search-index.ts';

type Doc = [doc: number, tokens: string];

/** In a table of FTS5 that keeps no content: deleting takes the tokens that were inserted. */
export const createSqliteSearchIndex = (db: Db, sql: RawSql): SearchIndex => ({
  parts: async (username) => (await sql<PartRow>(selectParts(username))).map(toPart),

  async find(part, grams, { before, limit }) {
    const match = gramTokens(part.id, grams, (token, isPrefix) => `"${token}"${isPrefix ? ' *' : ''}`);
    const rows = await sql<{ doc: number | bigint }>(Prisma.sql`
      SELECT rowid AS doc FROM inbox_search
      WHERE inbox_search MATCH ${match.join(' AND ')} AND rowid < ${docOf(before, true)}
      ORDER BY rowid DESC LIMIT ${limit}`);
    return rows.map(({ doc }) => messageOf(doc));
  },

  advance: (username) =>
    db.$transaction(async (tx) => {
      const [last] = await tx.$queryRaw<PartRow[]>`${selectParts(username)} LIMIT 1`;
      const rows = await tx.$queryRaw<TextRow[]>(selectNext(username, { after: Number(last?.last_id ?? 0) }));
      const [first] = rows;
      if (!first) return 'done';
      const isNew = !last || Number(last.size) >= maxPartSize;
      const part = isNew ? await addPart(tx, username, Number(first.id)) : Number(last.id);
      const docs: Doc[] = [];
      let tokens = 0;
      let upTo = 0;
      for (const { id, sender, text } of rows) {
        if (tokens >= maxBatchTokens) break;
        const own = docTokens(part, fold(text));
        tokens += own.length;
        upTo = Number(id);
        docs.push([docOf(Number(id), sender === username), own.join(' ')]);
      }
      await insert(tx, docs);
      await tx.$executeRaw`
        UPDATE inbox_search_parts SET last_id = ${upTo}, ready_id = ${upTo}, size = size + ${docs.length}
        WHERE id = ${part}`;
      return 'more';
    }),

  async settle() {
    const [waiting] = await sql<unknown>(Prisma.sql`SELECT 1 FROM inbox_search_removals LIMIT 1`);
    if (!waiting) return false;
    await db.$transaction(async (tx) => {
      const rows = await tx.$queryRaw<RemovalRow[]>`
        SELECT ${removalColumns()} FROM inbox_search_removals r ORDER BY r.message_id LIMIT 50`;
      const removed: Doc[] = [];
      const added: Doc[] = [];
      const settled: number[] = [];
      let length = 0;
      for (const row of rows) {
        if (length >= maxBatchTokens) break;
        length += row.old_text.length + (row.new_text ?? '').length;
        settled.push(Number(row.message_id));
        for (const { doc, part } of sidesOf(row)) {
          removed.push([doc, docTokens(part, fold(row.old_text)).join(' ')]);
          if (row.new_text !== null) added.push([doc, docTokens(part, fold(row.new_text)).join(' ')]);
        }
      }
      await tx.$executeRaw`
        INSERT INTO inbox_search (inbox_search, rowid, tokens)
        SELECT 'delete', value->>0, value->>1 FROM json_each(${JSON.stringify(removed)})`;
      await insert(tx, added);
      await tx.$executeRaw`
        DELETE FROM inbox_search_removals WHERE message_id IN (SELECT value FROM json_each(${JSON.stringify(settled)}))`;
    });
    return true;
  },

  async prepare() {
    const versions = await sql<{ version: number | bigint }>(
      Prisma.sql`SELECT DISTINCT version FROM inbox_search_parts WHERE version <> ${searchVersion}`,
    );
    const isNewer = versions.some(({ version }) => Number(version) > searchVersion);
    if (versions.length > 0 && !isNewer) await clear(db);
    return { isNewer };
  },

  clear: () => clear(db),
});

const clear = (db: Db) =>
  db.$transaction(async (tx) => {
    await tx.$executeRaw`INSERT INTO inbox_search (inbox_search) VALUES ('delete-all')`;
    await tx.$executeRaw`DELETE FROM inbox_search_parts`;
    await tx.$executeRaw`DELETE FROM inbox_search_removals`;
  });

type Transaction = Pick<Db, '$queryRaw' | '$executeRaw'>;

async function addPart(tx: Transaction, username: string, firstId: number): Promise<number> {
  const [part] = await tx.$queryRaw<{ id: number | bigint }[]>`
    INSERT INTO inbox_search_parts (username, first_id, last_id, ready_id, size, version)
    VALUES (${username}, ${firstId}, 0, 0, 0, ${searchVersion}) RETURNING id`;
  return Number(part?.id);
}

/** Merged with every batch, a little and not much now and then, which would block the process. */
const mergedPages = 50;

async function insert(tx: Transaction, docs: Doc[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO inbox_search (rowid, tokens) SELECT value->>0, value->>1 FROM json_each(${JSON.stringify(docs)})`;
  await tx.$executeRaw`INSERT INTO inbox_search (inbox_search, rank) VALUES ('merge', ${mergedPages})`;
}
