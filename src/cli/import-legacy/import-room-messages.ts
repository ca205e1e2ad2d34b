import { createMessageRing } from '../../server/infra/stores/message-ring.ts';
import type { ImportContext } from './import-context.ts';
import type { LegacyRoomMessage } from './room-messages-file.ts';
import { cleanText, prismaTime } from './values.ts';

/**
 * Imports recent room messages into a table from which the next server start loads them into memory. Expired messages, and
 * more than the server can hold, are skipped.
 */
export async function importRoomMessages(
  { target, ledger, names, rooms, report, batches, nowMs, roomMessages }: ImportContext,
  messages: (LegacyRoomMessage | undefined)[],
): Promise<void> {
  const add = target.prepare(
    'INSERT INTO imported_room_messages (room_id, username, message, created_at) VALUES (?, ?, ?, ?)',
  );

  function refusal(message: LegacyRoomMessage | undefined): string | undefined {
    if (!message) return 'not a message';
    const { roomId, createdAtMs } = message;
    if (roomId === undefined) return 'unreadable in the original because of its room id';
    if (rooms.idOf(roomId) === undefined) return 'there is no such room';
    if (!(nowMs < createdAtMs + roomMessages.ttlMs)) return 'has expired';
    return undefined;
  }

  const good: LegacyRoomMessage[] = [];
  for (const message of messages) {
    report.read('room messages');
    const reason = refusal(message);
    if (reason !== undefined) report.skipped('room messages', reason);
    else if (message) good.push(message);
  }
  good.sort((a, b) => a.createdAtMs - b.createdAtMs);
  const ring = createMessageRing<LegacyRoomMessage>(roomMessages);
  for (const message of good)
    if (ring.push(message)) report.skipped('room messages', 'beyond the newest MAX_MESSAGES');

  await batches.each([...ring], ({ username, message, createdAtMs, roomId = 0 }) => {
    const entry = ledger.entry(
      'roomMessage',
      Math.floor(createdAtMs),
      String(createdAtMs),
      String(roomId),
      username,
      message,
    );
    if (entry.before) return report.skipped('room messages', 'imported before');
    // A wrong clock may have written a future time; the message must not outlive the others because of it.
    const createdAt = prismaTime(Math.min(createdAtMs, nowMs));
    add.run(rooms.idOf(roomId), names.resolve(username).name, cleanText(message), createdAt);
    entry.record(null);
    report.imported('room messages');
  });
}
