import Database from 'better-sqlite3';

/**
 * Adds users, each with a session, a room, a membership in it and a conversation with the next one, in a database that Mirage has
 * created. Their names are in the forms that the server would otherwise compute when it opens.
 */
export function addOthers(path: string, count: number): void {
  const db = new Database(path);
  db.pragma('synchronous = OFF');
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  db.transaction(() => {
    db.exec(`
      ${numbers} INSERT INTO users (username, email, mailbox, password, name_skeleton, search_name)
      SELECT 'other' || i, 'other' || i || '@example.com', 'other' || i || '@example.com', '', 'ascii other' || i, 'other' || i FROM n`);
    db.exec(`
      ${numbers} INSERT INTO sessions (token_hash, username, expires_at)
      SELECT 'of other' || i, 'other' || i, '2999-01-01T00:00:00.000+00:00' FROM n`);
    db.exec(`
      ${numbers} INSERT INTO rooms (name, name_skeleton, is_private, created_by)
      SELECT 'room of other' || i, 'ascii room of other' || i, true, 'other' || i FROM n`);
    db.exec(`
      INSERT INTO room_members (room_id, username, role)
      SELECT id, created_by, 'owner' FROM rooms WHERE created_by LIKE 'other%'`);
    db.exec(`
      ${numbers} INSERT INTO inbox_messages (sender, recipient, message, created_at)
      SELECT 'other' || i, 'other' || (i + 1), 'hello to everybody who is listening in here', '2026-01-01T00:00:00.000+00:00'
      FROM n WHERE i < ${count}`);
  })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}
