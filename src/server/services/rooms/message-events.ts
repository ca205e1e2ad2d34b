import { shownClientId } from '../../core/client-ids.ts';
import { LiveEvent } from '../../infra/live/batch.ts';
import {
  compareMessageIds,
  mentionsOf,
  type Reaction,
  type RoomChange,
  type RoomMessage,
  systemOf,
} from '../../infra/stores/room-message-store.ts';

export const roomTopic = (roomId: number) => `room:${roomId}`;

/** What happens in a room, in the order of the ids of its messages. */
export type RoomEvent =
  | { type: 'message'; message: RoomMessage }
  | { type: 'edited'; message: RoomMessage }
  | { type: 'deleted'; id: string }
  | { type: 'reaction'; id: string; reactions: Reaction[] };

/** Messages were evicted or expired before they could be sent, or other messages are pinned than before. */
export type RoomEphemeralEvent = { type: 'gap' } | { type: 'pins' };

/** Messages and changes, each in the order of their ids, as events in one order. */
export function eventsInOrder(messages: RoomMessage[], changes: RoomChange[]): LiveEvent[] {
  if (changes.length === 0) return messages.map(messageEvent);
  return [...messages, ...changes]
    .sort((a, b) => compareMessageIds(a.id, b.id))
    .map((entry) => ('roomId' in entry ? messageEvent(entry) : changeEvent(entry)));
}

/** Each message is encoded once for all its readers, for as long as the store holds it. */
const events = new WeakMap<RoomMessage, LiveEvent>();

function messageEvent(message: RoomMessage): LiveEvent {
  let event = events.get(message);
  if (!event) {
    event = eventWith('message', message, message.id);
    events.set(message, event);
  }
  return event;
}

function changeEvent(change: RoomChange): LiveEvent {
  if (change.kind === 'edited') return eventWith('edited', change.message, change.id);
  const event: RoomEvent =
    change.kind === 'deleted'
      ? { type: 'deleted', id: change.messageId }
      : { type: 'reaction', id: change.message.id, reactions: change.message.reactions ?? [] };
  return new LiveEvent(event, change.id);
}

/** Field by field: a store may hold more of a message than subscribers are to see. */
function eventWith(
  type: 'message' | 'edited',
  { id, roomId, username, text, createdAt, replyTo, editedAt, reactions, event, ...named }: RoomMessage,
  place: string,
): LiveEvent {
  const clientId = shownClientId(named.clientId);
  const plain = { id, roomId, username, text, createdAt };
  const isPlain = !replyTo && !editedAt && !reactions && !event && !named.mentions && !named.mentionsRoom;
  const message = isPlain
    ? plain
    : {
        ...{ ...plain, ...(replyTo && { replyTo }), ...mentionsOf(named) },
        ...(editedAt && { editedAt }),
        ...(reactions && { reactions }),
        ...systemOf({ event }),
      };
  if (clientId === undefined) return new LiveEvent({ type, message }, place);
  return new LiveEvent({ type, message }, place, place, {
    username,
    data: { type, message: { ...message, clientId } },
  });
}
