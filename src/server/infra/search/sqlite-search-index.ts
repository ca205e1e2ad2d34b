import { fold } from '../../core/search/fold.ts';
import type { Db } from '../db/database.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql } from '../db/raw-sql.ts';
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
import { addDocs, clearDocs, type Doc, findDocs, removeDocs, type Transaction } from './sqlite-fts.ts';

/** The index of inboxes in SQLite. */
export const createSqliteSearchIndex = (db: Db, sql: RawSql): SearchIndex<string, number> => ({
  parts: async (username) => (await sql<PartRow>(selectParts(username))).map(toPart),

  async find(part, grams, { before, limit }) {
    const docs = await findDocs(sql, 'inbox_search', {
      part: part.id,
      grams,
      before: docOf(before, true),
      limit,
    });
    return docs.map(messageOf);
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
      await addDocs(tx, 'inbox_search', docs);
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
        SELECT ${removalColumns()} FROM inbox_search_removals r ORDER BY r.message_id LIMIT ${maxSettled}`;
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
      await tx.$executeRaw`
        DELETE FROM inbox_search_removals WHERE message_id IN (SELECT value FROM json_each(${JSON.stringify(settled)}))`;
    });
    return true;
  },

  async prepare() {
    const { older, newer } = await otherVersions(sql, 'inbox_search_parts');
    if (older) await clear(db);
    return { isNewer: newer };
  },

  clear: () => clear(db),
});

const clear = (db: Db) =>
  db.$transaction(async (tx) => {
    await clearDocs(tx, 'inbox_search');
    await tx.$executeRaw`DELETE FROM inbox_search_parts`;
    await tx.$executeRaw`DELETE FROM inbox_search_removals`;
  });

async function addPart(tx: Transaction, username: string, firstId: number): Promise<number> {
  const [part] = await tx.$queryRaw<{ id: number | bigint }[]>`
    INSERT INTO inbox_search_parts (username, first_id, last_id, ready_id, size, version)
    VALUES (${username}, ${firstId}, 0, 0, 0, ${searchVersion}) RETURNING id`;
  return Number(part?.id);
}
