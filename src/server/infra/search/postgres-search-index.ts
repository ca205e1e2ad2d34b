import { fold } from '../../core/search/fold.ts';
import { yieldTurn } from '../../core/slices.ts';
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
import { isAlone, waitForChanges } from './postgres-index-lock.ts';
import { partsAtOnce, queriesOf } from './postgres-tsquery.ts';
import {
  docTokens,
  maxPartSize,
  maxSettled,
  otherVersions,
  type SearchIndex,
  searchVersion,
} from './search-index.ts';

/**
 * In a table with an inverted index (GIN) over the tokens as lexemes, which needs no extension. A batch is announced before it
 * is read: from then on triggers record who edits or deletes one of its messages, so that nothing goes unnoticed between
 * the reading and the commit.
 */
export const createPostgresSearchIndex = (sql: RawSql): SearchIndex<string, number> => ({
  parts: async (username) => (await sql<PartRow>(selectParts(username))).map(toPart),

  partsAtOnce,
  async find(parts, grams, { before, limit }) {
    const queries = queriesOf(parts, grams);
    // Materialized, as the planner would rather read backwards through all messages until it has enough.
    const rows = await sql<{ doc: number | bigint }>(Prisma.sql`
      WITH found AS MATERIALIZED (
        SELECT id FROM inbox_search_docs WHERE tokens @@ ANY (${queries}::text[]::tsquery[]))
      SELECT id AS doc FROM found WHERE id < ${docOf(before, true)} ORDER BY id DESC LIMIT ${limit}`);
    return rows.map(({ doc }) => messageOf(doc));
  },

  async advance(username) {
    const state = await sql.transaction((tx) => announce(tx, username));
    if (state !== 'more') return state;
    return sql.transaction((tx) => fill(tx, username));
  },

  async settle() {
    const [waiting] = await sql<unknown>(Prisma.sql`SELECT 1 FROM inbox_search_removals LIMIT 1`);
    if (!waiting) return false;
    const count = await sql.transaction(async (tx) => {
      const rows = await tx<RemovalRow>(Prisma.sql`
        WITH r AS (
          DELETE FROM inbox_search_removals WHERE message_id IN (
            SELECT message_id FROM inbox_search_removals ORDER BY message_id LIMIT ${maxSettled} FOR UPDATE SKIP LOCKED)
          RETURNING message_id, sender, recipient, message)
        SELECT ${removalColumns()} FROM r`);
      await remove(tx, rows.flatMap(sidesOf));
      const docs: Doc[] = [];
      for (const row of rows)
        for (const { doc, part } of row.new_text === null ? [] : sidesOf(row)) {
          docs.push({ id: doc, tokens: docTokens(part, fold(row.new_text ?? '')) });
          await yieldTurn();
        }
      await insert(tx, docs);
      return rows.length;
    });
    return count > 0;
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
    if (!(await isAlone(tx, 'inboxes'))) return;
    await tx.run(Prisma.sql`TRUNCATE inbox_search_docs, inbox_search_parts, inbox_search_removals`);
  });

/** Extends the newest part, or begins another, by the next messages, which are not in the index yet. */
async function announce(tx: Statements, username: string): Promise<'done' | 'more' | 'busy'> {
  if (!(await isAlone(tx, 'inboxes'))) return 'busy';
  const [last] = await tx<PartRow>(Prisma.sql`${selectParts(username)} LIMIT 1`);
  // Announced by a server that has died since.
  if (last && Number(last.ready_id) < Number(last.last_id)) return 'more';
  const rows = await tx<TextRow>(selectNext(username, { after: Number(last?.last_id ?? 0) }));
  const [first, newest] = [rows[0], rows.at(-1)];
  if (!first || !newest) return 'done';
  await waitForChanges(tx, 'inbox_messages');
  if (last && Number(last.size) < maxPartSize.postgres)
    await tx.run(Prisma.sql`
      UPDATE inbox_search_parts SET last_id = ${Number(newest.id)}, size = size + ${rows.length} WHERE id = ${last.id}`);
  else
    await tx.run(Prisma.sql`
      INSERT INTO inbox_search_parts (username, first_id, last_id, ready_id, size, version)
      VALUES (${username}, ${Number(first.id)}, ${Number(newest.id)}, ${Number(first.id) - 1}, ${rows.length}, ${searchVersion})`);
  return 'more';
}

async function fill(tx: Statements, username: string): Promise<'more' | 'busy'> {
  if (!(await isAlone(tx, 'inboxes'))) return 'busy';
  const [part] = await tx<PartRow>(Prisma.sql`${selectParts(username)} LIMIT 1`);
  if (!part) return 'more';
  const range = { after: Number(part.ready_id), upTo: Number(part.last_id) };
  const docs: Doc[] = [];
  for (const { id, sender, text } of await tx<TextRow>(selectNext(username, range))) {
    const tokens = docTokens(Number(part.id), fold(text));
    docs.push({ id: docOf(Number(id), sender === username), tokens });
    if (tokens.length > 1000) await yieldTurn();
  }
  await insert(tx, docs);
  await tx.run(Prisma.sql`UPDATE inbox_search_parts SET ready_id = last_id WHERE id = ${part.id}`);
  return 'more';
}

interface Doc {
  id: number;
  tokens: string[];
}

const insert = (tx: Statements, docs: Doc[]) =>
  tx.run(Prisma.sql`
  INSERT INTO inbox_search_docs (id, tokens)
  SELECT id, array_to_tsvector(tokens) FROM jsonb_to_recordset(${JSON.stringify(docs)}::jsonb) AS row (id bigint, tokens text[])
  ON CONFLICT (id) DO UPDATE SET tokens = EXCLUDED.tokens`);

const remove = (tx: Statements, docs: { doc: number }[]) =>
  tx.run(Prisma.sql`
  DELETE FROM inbox_search_docs WHERE id IN (
    SELECT jsonb_array_elements_text(${JSON.stringify(docs.map(({ doc }) => doc))}::jsonb)::bigint)`);
