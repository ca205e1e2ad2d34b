import type { Database } from 'better-sqlite3';

/** Holds the SQL of the dropped indexes and trigger, so that any later process can create them again. */
const savedTable = '_inbox_bulk_insert';

/**
 * Drops the indexes and the counting trigger of an empty inbox table: rebuilding them afterwards takes a fraction of the
 * time that maintaining them costs for a million rows. Returns whether it did; a table with messages is left unchanged. What is
 * inserted counts as read, unless `asUnread`.
 * If the process is killed before `endBulkInsert`, the next process that opens the database completes it.
 */
export function beginBulkInsert(db: Database, { asUnread = false } = {}): boolean {
  return db
    .transaction(() => {
      if (isInBulkInsert(db) || db.prepare('SELECT 1 FROM inbox_messages LIMIT 1').get()) return false;
      const saved = db
        .prepare<[], { type: string; name: string; sql: string }>(`
          SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'inbox_messages' AND sql IS NOT NULL
            AND (type = 'index' OR name = 'inbox_conversations_insert')`)
        .all();
      db.exec(`CREATE TABLE "${savedTable}" (sql TEXT NOT NULL)`);
      const save = db.prepare(`INSERT INTO "${savedTable}" (sql) VALUES (?)`);
      for (const { type, name, sql } of saved) {
        save.run(sql);
        db.exec(`DROP ${type} "${name}"`);
      }
      save.run(countConversations(asUnread));
      return true;
    })
    .immediate();
}

/** What was received is all unread, or all read up to its newest message. */
const countConversations = (asUnread: boolean) => `
  INSERT INTO inbox_conversations (username, peer, activity_id, last_message_id, total, unread, read_up_to)
  SELECT username, peer, max(id), max(id), count(*),
    ${asUnread ? 'sum(received), 0' : '0, max(CASE WHEN received THEN id ELSE 0 END)'}
  FROM (
    SELECT sender AS username, recipient AS peer, id, 0 AS received FROM inbox_messages
    UNION ALL
    SELECT recipient, sender, id, 1 FROM inbox_messages WHERE sender <> recipient)
  GROUP BY username, peer
  ON CONFLICT (username, peer) DO UPDATE SET activity_id = excluded.activity_id,
    last_message_id = excluded.last_message_id, total = excluded.total, unread = excluded.unread,
    read_up_to = excluded.read_up_to`;

/** Creates them again and recounts the messages. Does nothing if no bulk insert was started. */
export function endBulkInsert(db: Database): void {
  if (!isInBulkInsert(db)) return; // without the lock that the transaction takes
  db.transaction(() => {
    if (!isInBulkInsert(db)) return;
    for (const sql of db.prepare<[], string>(`SELECT sql FROM "${savedTable}"`).pluck().all()) db.exec(sql);
    db.exec(`DROP TABLE "${savedTable}"`);
  }).immediate();
}

const isInBulkInsert = (db: Database): boolean =>
  db.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(savedTable) !== undefined;
