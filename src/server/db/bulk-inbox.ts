import type { Database } from 'better-sqlite3';

/** Holds the SQL of what has been taken away, so that it can be put back by whoever next opens the database. */
const savedTable = '_inbox_bulk_insert';

/**
 * Takes indexes and the trigger that counts away from an empty table of inbox messages: building them afterwards takes a
 * fraction of the time that keeping them costs with each of a million rows. True if it did; a table with messages in it is
 * left as it is. Should the process be killed before `endBulkInsert`, the next one to open the database does that.
 */
export function beginBulkInsert(db: Database): boolean {
  return db
    .transaction(() => {
      if (isInBulkInsert(db) || db.prepare('SELECT 1 FROM inbox_messages LIMIT 1').get()) return false;
      const saved = db
        .prepare<[], { type: string; name: string; sql: string }>(`
          SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'inbox_messages' AND sql IS NOT NULL
            AND (type = 'index' OR name = 'inbox_messages_count_insert')`)
        .all();
      db.exec(`CREATE TABLE "${savedTable}" (sql TEXT NOT NULL)`);
      for (const { type, name, sql } of saved) {
        db.prepare(`INSERT INTO "${savedTable}" (sql) VALUES (?)`).run(sql);
        db.exec(`DROP ${type} "${name}"`);
      }
      return true;
    })
    .immediate();
}

/** Puts them back, and counts what came meanwhile. Nothing happens if nothing is missing. */
export function endBulkInsert(db: Database): void {
  db.transaction(() => {
    if (!isInBulkInsert(db)) return;
    for (const sql of db.prepare<[], string>(`SELECT sql FROM "${savedTable}"`).pluck().all()) db.exec(sql);
    db.exec(`
      UPDATE users SET
        inbox_total = (SELECT count(*) FROM inbox_messages m WHERE m.sender = users.username)
          + (SELECT count(*) FROM inbox_messages m WHERE m.recipient = users.username AND m.sender <> m.recipient),
        inbox_unread = (SELECT count(*) FROM inbox_messages m WHERE m.recipient = users.username
          AND m.sender <> m.recipient AND m.id > users.inbox_read_up_to);
      DROP TABLE "${savedTable}"`);
  }).immediate();
}

const isInBulkInsert = (db: Database): boolean =>
  db.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(savedTable) !== undefined;
