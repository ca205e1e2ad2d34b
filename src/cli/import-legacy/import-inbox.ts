import { beginBulkInsert, endBulkInsert } from '../../server/infra/db/bulk-inbox.ts';
import { type ImportContext, newIds, optionalColumns, raiseCounter } from './import-context.ts';
import { cleanText, isKeepable, rawText, storedTime, type Value } from './values.ts';

type LegacyMessage = [id: number, sender: Value, recipient: Value, message: Value, createdAt: Value];

/**
 * Imports private messages with their ids and times. A message whose id is taken here gets a new one above all others.
 */
export async function importInbox(context: ImportContext): Promise<void> {
  const { legacy, target, ledger, names, report, batches, asUnread } = context;
  // Rows as arrays: for a million rows, creating objects would dominate the run time.
  const rows = legacy
    .prepare<[], LegacyMessage>(`
      SELECT id, sender, recipient, message, ${optionalColumns(legacy, 'inbox_messages', 'created_at')}
      FROM inbox_messages ORDER BY id`)
    .raw();
  // Only a taken id can be ignored, because the columns are never null.
  const addMessage = target.prepare(
    'INSERT OR IGNORE INTO inbox_messages (id, sender, recipient, message, created_at) VALUES (?, ?, ?, ?, ?)',
  );
  // If the recipient had read everything before, the imported message is the only unread one.
  const markRead = target.prepare(`
    UPDATE inbox_conversations SET read_up_to = ?, unread = 0
    WHERE username = ? AND peer = ? AND unread = 1 AND read_up_to < ?`);
  const newId = newIds(context, 'inbox_messages');

  // Restored by the next process that opens the database if the import is interrupted.
  const isBulk = beginBulkInsert(target, { asUnread });
  await batches.each(rows.iterate(), ([id, sender, recipient, message, createdAt]) => {
    report.read('inbox messages');
    const from = rawText(sender);
    const to = rawText(recipient);
    const entry = ledger.entry('inboxMessage', id, from, to, rawText(createdAt), rawText(message));
    if (entry.before) return report.skipped('inbox messages', 'imported before');
    const senderHere = names.resolve(from);
    const recipientHere = names.resolve(to);
    if (!senderHere.hasAccount && !recipientHere.hasAccount)
      return report.skipped('inbox messages', 'neither sender nor recipient has an account');
    const keepRead = (idHere: number) => {
      if (!isBulk && !asUnread) markRead.run(idHere, recipientHere.name, senderHere.name, idHere);
    };
    const rest = [senderHere.name, recipientHere.name, cleanText(message), storedTime(createdAt)];
    if (isKeepable(id) && addMessage.run(id, ...rest).changes === 1) {
      entry.record(null);
      keepRead(id);
    } else {
      const idHere = newId();
      addMessage.run(idHere, ...rest);
      entry.record(idHere);
      keepRead(idHere);
      report.conflict('inbox messages', id, `its id is taken or too large; it has the id ${idHere} here`);
    }
    report.imported('inbox messages');
  });

  endBulkInsert(target);
  await batches.each(['inbox_messages'], (table) => raiseCounter(context, table));
}
