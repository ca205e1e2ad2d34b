import Database from 'better-sqlite3';

/** Whose inbox is read. Every second message is hers, sent or received. */
export const reader = 'user0';
const peers = 1000;

/**
 * Fills an inbox table that Mirage has made. Its triggers, which keep the counts of users, are away meanwhile, and the
 * counts are made good at the end: row by row they would take most of the time.
 */
export function fillInbox(path: string, rows: number): void {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  const triggers = db
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'inbox_messages'`,
    )
    .all();
  db.transaction(() => {
    for (const { name } of triggers) db.exec(`DROP TRIGGER "${name}"`);
    db.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${peers})
      INSERT OR IGNORE INTO users (username, email, password)
      SELECT 'peer' || i, 'peer' || i || '@example.com', '' FROM n`);
    db.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO inbox_messages (sender, recipient, message, created_at)
      SELECT
        CASE WHEN i % 4 = 0 THEN '${reader}' ELSE 'peer' || (i * 7 % ${peers} + 1) END,
        CASE WHEN i % 4 = 2 THEN '${reader}' ELSE 'peer' || (i * 13 % ${peers} + 1) END,
        'message number ' || i || ', which says as much as a short one does',
        strftime('%Y-%m-%dT%H:%M:%f+00:00', 1700000000 + i, 'unixepoch')
      FROM n`);
    for (const { sql } of triggers) db.exec(sql);
    db.exec(`
      UPDATE users SET
        inbox_total = (SELECT count(*) FROM inbox_messages m WHERE m.sender = users.username)
          + (SELECT count(*) FROM inbox_messages m
             WHERE m.recipient = users.username AND m.sender <> m.recipient),
        inbox_unread = (SELECT count(*) FROM inbox_messages m
          WHERE m.recipient = users.username AND m.sender <> m.recipient AND m.id > users.inbox_read_up_to)`);
  })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

/** The rows of a page as Mirage's answer has them, by the plain driver. */
export function createRawPage(path: string): (username: string, limit: number) => unknown[] {
  const db = new Database(path, { readonly: true });
  const newest = (side: string) =>
    `SELECT id FROM (SELECT id FROM inbox_messages WHERE ${side} = :username ORDER BY id DESC LIMIT :limit)`;
  const page = db.prepare(`
    SELECT m.id, m.sender, m.recipient, m.message, m.created_at, s.avatar_url,
      m.id <= r.inbox_read_up_to AS is_read
    FROM (${newest('sender')} UNION ${newest('recipient')} ORDER BY id DESC LIMIT :limit) AS page
    JOIN inbox_messages m ON m.id = page.id
    LEFT JOIN users s ON s.username = m.sender
    LEFT JOIN users r ON r.username = m.recipient
    ORDER BY m.id DESC`);
  return (username, limit) => page.all({ username, limit });
}
