import { beginBulkInsert, endBulkInsert } from '../../server/db/bulk-inbox.ts';
import { carryCounter, type Moving, newIds, optionalColumns } from './moving.ts';
import { cleanText, isKeepable, rawText, storedTime, type Value } from './values.ts';

type LegacyMessage = [id: number, sender: Value, recipient: Value, message: Value, createdAt: Value];

/**
 * Private messages with their ids and times. One whose id another message has here gets a new one, past all others.
 */
export async function importInbox(moving: Moving): Promise<void> {
  const { legacy, target, ledger, names, report, batches } = moving;
  // As arrays: with a million rows, objects would cost more than all else that is done with them here.
  const rows = legacy
    .prepare<[], LegacyMessage>(`
      SELECT id, sender, recipient, message, ${optionalColumns(legacy, 'inbox_messages', 'created_at')}
      FROM inbox_messages ORDER BY id`)
    .raw();
  // What is ignored is an id that is taken; the columns are never null.
  const addMessage = target.prepare(
    'INSERT OR IGNORE INTO inbox_messages (id, sender, recipient, message, created_at) VALUES (?, ?, ?, ?, ?)',
  );
  const newId = newIds(moving, 'inbox_messages');

  // Put back by whoever opens the database next, should this be broken off.
  beginBulkInsert(target);
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
    const rest = [senderHere.name, recipientHere.name, cleanText(message), storedTime(createdAt)];
    if (isKeepable(id) && addMessage.run(id, ...rest).changes === 1) entry.record(null);
    else {
      const idHere = newId();
      addMessage.run(idHere, ...rest);
      entry.record(idHere);
      report.conflict('inbox messages', id, `its id is taken or too large; it has the id ${idHere} here`);
    }
    report.imported('inbox messages');
  });

  endBulkInsert(target);
  await batches.each(['inbox_messages'], (table) => carryCounter(moving, table));
}
