import { shownClientId } from '../../core/client-ids.ts';
import { LiveEvent } from '../../infra/live/batch.ts';
import {
  compareMessageIds,
  mentionsOf,
  type Reaction,
  systemOf,
} from '../../infra/stores/room-message-store.ts';
import type { ShownRoomChange, ShownRoomMessage } from '../../infra/stores/room-messages.ts';

/** What the topics of rooms begin with. The id of the room follows. */
export const roomTopics = 'room:';

export const roomTopic = (roomId: number) => `${roomTopics}${roomId}`;

/** What happens in a room, in the order of the ids of its messages. */
export type RoomEvent =
  | { type: 'message'; message: ShownRoomMessage }
  | { type: 'edited'; message: ShownRoomMessage }
  | { type: 'deleted'; id: string }
  | { type: 'reaction'; id: string; reactions: Reaction[] };

/** Messages were evicted or expired before they could be sent, or other messages are pinned than before. */
export type RoomEphemeralEvent = { type: 'gap' } | { type: 'pins' };

/** Messages and changes, each in the order of their ids, as events in one order. */
export function eventsInOrder(messages: ShownRoomMessage[], changes: ShownRoomChange[]): LiveEvent[] {
  if (changes.length === 0) return messages.map(messageEvent);
  return [...messages, ...changes]
    .sort((a, b) => compareMessageIds(a.id, b.id))
    .map((entry) => ('roomId' in entry ? messageEvent(entry) : changeEvent(entry)));
}

/** Each message is encoded once for all its readers, for as long as the store holds it. */
const events = new WeakMap<ShownRoomMessage, LiveEvent>();

function messageEvent(message: ShownRoomMessage): LiveEvent {
  let event = events.get(message);
  if (!event) {
    event = eventWith('message', message, message.id);
    events.set(message, event);
  }
  return event;
}

function changeEvent(change: ShownRoomChange): LiveEvent {
  if (change.kind === 'edited') return eventWith('edited', change.message, change.id);
  const event: RoomEvent =
    change.kind === 'deleted'
      ? { type: 'deleted', id: change.messageId }
      : { type: 'reaction', id: change.message.id, reactions: change.message.reactions ?? [] };
  return new LiveEvent(event, change.id);
}

/** Field by field: a store may hold more of a message than subscribers are to see. */
function eventWith(type: 'message' | 'edited', message: ShownRoomMessage, place: string): LiveEvent {
  const { id, roomId, username, text, createdAt } = message;
  const shown = { id, roomId, username, text, createdAt };
  if (!isPlain(message)) Object.assign(shown, moreOf(message));
  const clientId = shownClientId(message.clientId);
  if (clientId === undefined) return new LiveEvent({ type, message: shown }, place);
  return new LiveEvent({ type, message: shown }, place, place, {
    username,
    data: { type, message: { ...shown, clientId } },
  });
}

/** As nearly all messages are when they are new. */
const isPlain = ({
  replyTo,
  editedAt,
  reactions,
  attachments,
  event,
  mentions,
  mentionsRoom,
  isBot,
}: ShownRoomMessage) =>
  !(replyTo || editedAt || reactions || attachments || event || mentions || mentionsRoom || isBot);

const moreOf = ({ replyTo, editedAt, reactions, attachments, isBot, ...named }: ShownRoomMessage) => ({
  ...(replyTo && { replyTo }),
  ...mentionsOf(named),
  ...(attachments && { attachments }),
  ...(editedAt && { editedAt }),
  ...(reactions && { reactions }),
  ...systemOf(named),
  ...(isBot && { isBot }),
});
