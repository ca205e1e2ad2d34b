import { fold } from '../../core/search/fold.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql, Statements } from '../db/raw-sql.ts';
import {
  docOf,
  messageOf,
  type PartRow,
  type RemovalRow,
  removalColumns,
  selectNext,
  selectParts,
  sidesOf,
  type TextRow,
  toPart,
} from './inbox-index-rows.ts';
import {
  docTokens,
  maxBatchTokens,
  maxPartSize,
  maxSettled,
  otherVersions,
  type SearchIndex,
  searchVersion,
} from './search-index.ts';
import { addDocs, clearDocs, type Doc, partsAtOnce, removeDocs, selectDocs } from './sqlite-fts.ts';

/** The index of inboxes in SQLite. */
export const createSqliteSearchIndex = (
  sql: RawSql,
  partSize = maxPartSize.sqlite,
): SearchIndex<string, number> => ({
  parts: async (username) => (await sql<PartRow>(selectParts(username))).map(toPart),

  partsAtOnce,
  async find(parts, grams, { before, limit }) {
    const range = { parts, grams, before: Prisma.sql`${docOf(before, true)}`, limit };
    const rows = await sql<{ doc: number | bigint }>(selectDocs('inbox_search', range));
    return rows.map(({ doc }) => messageOf(doc));
  },

  advance: (username) =>
    sql.transaction(async (tx) => {
      const [last] = await tx<PartRow>(Prisma.sql`${selectParts(username)} LIMIT 1`);
      const rows = await tx<TextRow>(selectNext(username, { after: Number(last?.last_id ?? 0) }));
      const [first] = rows;
      if (!first) return 'done';
      const isNew = !last || Number(last.size) >= partSize;
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
      await addDocs(tx, 'inbox_search', docs);
      await tx.run(Prisma.sql`
        UPDATE inbox_search_parts SET last_id = ${upTo}, ready_id = ${upTo}, size = size + ${docs.length}
        WHERE id = ${part}`);
      return 'more';
    }),

  async settle() {
    const [waiting] = await sql<unknown>(Prisma.sql`SELECT 1 FROM inbox_search_removals LIMIT 1`);
    if (!waiting) return false;
    await sql.transaction(async (tx) => {
      const rows = await tx<RemovalRow>(Prisma.sql`
        SELECT ${removalColumns()} FROM inbox_search_removals r ORDER BY r.message_id LIMIT ${maxSettled}`);
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
      await removeDocs(tx, 'inbox_search', removed);
      await addDocs(tx, 'inbox_search', added);
      await tx.run(Prisma.sql`
        DELETE FROM inbox_search_removals WHERE message_id IN (SELECT value FROM json_each(${JSON.stringify(settled)}))`);
    });
    return true;
  },

  async prepare() {
    const { older, newer } = await otherVersions(sql, 'inbox_search_parts');
    if (older) await clear(sql);
    return { isNewer: newer };
  },

  clear: () => clear(sql),
});

const clear = (sql: RawSql) =>
  sql.transaction(async (tx) => {
    await clearDocs(tx, 'inbox_search');
    await tx.run(Prisma.sql`DELETE FROM inbox_search_parts`);
    await tx.run(Prisma.sql`DELETE FROM inbox_search_removals`);
  });

async function addPart(tx: Statements, username: string, firstId: number): Promise<number> {
  const [part] = await tx<{ id: number | bigint }>(Prisma.sql`
    INSERT INTO inbox_search_parts (username, first_id, last_id, ready_id, size, version)
    VALUES (${username}, ${firstId}, 0, 0, 0, ${searchVersion}) RETURNING id`);
  return Number(part?.id);
}
