import { preview } from './conversations.ts';
import type { RoomChange, RoomEntry, RoomMessage } from './room-types.ts';

/** The messages after a change of one of them. Replies show what they reply to as it is now. */
export function applyChange<Entry extends RoomEntry>(entries: readonly Entry[], change: RoomChange): Entry[] {
  if (change.type === 'deleted')
    return mapMessages(
      entries.filter(({ id }) => id !== change.id),
      (message) =>
        message.replyTo?.id === change.id
          ? { ...message, replyTo: { id: change.id, deleted: true } }
          : message,
    );
  if (change.type === 'reaction')
    return mapMessages(entries, (message) =>
      message.id === change.id ? { ...message, reactions: change.reactions } : message,
    );
  const { id, username: sender } = change.message;
  return mapMessages(entries, (message) => {
    if (message.id === id) return change.message;
    if (message.replyTo?.id !== id) return message;
    return { ...message, replyTo: { id, sender, text: preview(change.message) } };
  });
}

const mapMessages = <Entry extends RoomEntry>(
  entries: readonly Entry[],
  change: (message: RoomMessage) => RoomMessage,
): Entry[] => entries.map((entry) => ('isGap' in entry ? entry : (change(entry) as Entry))); // safe: a message stays one
