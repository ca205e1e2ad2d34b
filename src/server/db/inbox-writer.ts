import { LRUCache } from 'lru-cache';
import { AppError } from '../errors.ts';
import { Prisma } from '../generated/sqlite/client.ts';
import { createGroupCommit } from './group-commit.ts';
import type { RawSql } from './raw-sql.ts';

export interface InboxRow {
  sender: string;
  recipient: string;
  text: string;
  createdAt: Date;
}

/** Stores inbox messages. `add` resolves to the id once the message is on disk, or throws 'RECIPIENT_NOT_FOUND'. */
export type InboxWriter = ReturnType<typeof createInboxWriter>;

/** One statement, one parameter and one wait for the disk for all messages that arrive together. */
export function createInboxWriter(sql: RawSql) {
  // Accounts are never deleted, so who has been found once need not be looked for again.
  const known = new LRUCache<string, true>({ max: 100_000 });

  async function lookUp(names: string[]): Promise<void> {
    const unknown = [...new Set(names)].filter((name) => !known.has(name));
    if (unknown.length === 0) return;
    const found = await sql<{ username: string }>(Prisma.sql`
      SELECT username FROM users WHERE username IN (SELECT value FROM json_each(${JSON.stringify(unknown)}))`);
    for (const { username } of found) known.set(username, true);
  }

  return createGroupCommit<InboxRow, number>(async (rows) => {
    await lookUp(rows.map(({ recipient }) => recipient));
    const good = rows.filter(({ recipient }) => known.has(recipient));
    const ids = good.length > 0 ? await insert(sql, good) : [];
    let next = 0;
    return rows.map((row) =>
      row === good[next] ? (ids[next++] ?? missing()) : new AppError('RECIPIENT_NOT_FOUND'),
    );
  });
}

/** Ids rise in the order of the rows. */
async function insert(sql: RawSql, rows: InboxRow[]): Promise<number[]> {
  const json = JSON.stringify(
    rows.map(({ sender, recipient, text, createdAt }) => [sender, recipient, text, storedTime(createdAt)]),
  );
  const inserted = await sql<{ id: number | bigint }>(Prisma.sql`
    INSERT INTO inbox_messages (sender, recipient, message, created_at)
    SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(${json}) ORDER BY key
    RETURNING id`);
  // In which order RETURNING gives them is not said, but ids are given in the order of the rows.
  return inserted.map(({ id }) => Number(id)).sort((a, b) => a - b);
}

/** As Prisma's adapter stores times. */
const storedTime = (time: Date) => time.toISOString().replace('Z', '+00:00');

function missing(): Error {
  return new Error('the database stored fewer messages than it was given');
}
