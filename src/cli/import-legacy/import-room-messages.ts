import type { Moving } from './moving.ts';
import type { LegacyRoomMessage } from './room-messages-file.ts';
import { cleanText, prismaTime } from './values.ts';

/**
 * What was lately said in rooms waits in a table for the next start of a server, which holds it in memory from then on.
 * What has expired stays away, and no more come than the server holds.
 */
export async function importRoomMessages(
  { target, ledger, names, rooms, report, batches, nowMs, roomMessages }: Moving,
  messages: (LegacyRoomMessage | undefined)[],
): Promise<void> {
  const add = target.prepare(
    'INSERT INTO imported_room_messages (room_id, username, message, created_at) VALUES (?, ?, ?, ?)',
  );

  function refusal(message: LegacyRoomMessage | undefined): string | undefined {
    if (!message) return 'is no message';
    const { roomId, createdAtMs } = message;
    if (roomId === undefined) return 'could not be read in the original, for the form of its room id';
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
  const surplus = good.splice(0, Math.max(0, good.length - roomMessages.capacity));
  for (const _ of surplus) report.skipped('room messages', 'there are newer ones enough (MAX_MESSAGES)');

  await batches.each(good, ({ username, message, createdAtMs, roomId = 0 }) => {
    const entry = ledger.entry(
      'roomMessage',
      Math.floor(createdAtMs),
      String(createdAtMs),
      String(roomId),
      username,
      message,
    );
    if (entry.before) return report.skipped('room messages', 'imported before');
    // The time may lie ahead, of a clock that was wrong; a message must not outlive the others for it.
    const createdAt = prismaTime(Math.min(createdAtMs, nowMs));
    add.run(rooms.idOf(roomId), names.resolve(username).name, cleanText(message), createdAt);
    entry.record(null);
    report.imported('room messages');
  });
}
