import Database from 'better-sqlite3';

/** Fills the table of conversations from that of messages, all of them unread. */
export const summarizeConversations = `
  INSERT INTO inbox_conversations (username, peer, activity_id, last_message_id, total, unread)
  SELECT username, peer, max(id), max(id), count(*), sum(received) FROM (
    SELECT sender AS username, recipient AS peer, id, 0 AS received FROM inbox_messages
    UNION ALL
    SELECT recipient, sender, id, 1 FROM inbox_messages WHERE sender <> recipient)
  GROUP BY username, peer`;

/** The user whose inbox is read. She sent or received every second message. */
export const reader = 'user0';
const peers = 1000;

/**
 * Fills an inbox table that Mirage has created. Its triggers, which maintain the counts of users, are dropped meanwhile, and
 * the counts are computed at the end: row by row they would take most of the time.
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
    db.exec(summarizeConversations);
  })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

/** The rows of one page as in Mirage's answer, read with the plain driver. */
export function createRawPage(path: string): (username: string, limit: number) => unknown[] {
  const db = new Database(path, { readonly: true });
  const newest = (side: string) =>
    `SELECT id FROM (SELECT id FROM inbox_messages WHERE ${side} = :username ORDER BY id DESC LIMIT :limit)`;
  const page = db.prepare(`
    SELECT m.id, m.sender, m.recipient, m.message, m.created_at, s.avatar_url,
      m.id <= coalesce(r.read_up_to, 0) AS is_read
    FROM (${newest('sender')} UNION ${newest('recipient')} ORDER BY id DESC LIMIT :limit) AS page
    JOIN inbox_messages m ON m.id = page.id
    LEFT JOIN users s ON s.username = m.sender
    LEFT JOIN inbox_conversations r ON r.username = m.recipient AND r.peer = m.sender
    ORDER BY m.id DESC`);
  return (username, limit) => page.all({ username, limit });
}
