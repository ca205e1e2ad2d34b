import type { RoomsEvent, RoomsState } from '../../src/server/infra/live/room-feed.ts';

type Event = RoomsEvent | RoomsState;

/** The rooms that a client shows which applies all events: by name, how much is unread, and what was said last. */
export function roomList(events: unknown[]) {
  const rooms = new Map<number, RoomsState['rooms'][number]>();
  for (const received of events) {
    const event = ('data' in (received as object) ? (received as { data: Event }).data : received) as Event; // safe: events of chat.onRooms
    if (event.type === 'state') for (const room of event.rooms) rooms.set(room.id, room);
    else if (event.type === 'joined' || event.type === 'updated') rooms.set(event.room.id, event.room);
    else if (event.type === 'left') rooms.delete(event.roomId);
    else if (event.type === 'unread') {
      const { unread, lastMessage } = event;
      const room = rooms.get(event.roomId);
      if (room) rooms.set(event.roomId, { ...room, unread, lastMessage });
    }
  }
  return Object.fromEntries(
    [...rooms.values()].map(({ name, unread, lastMessage }) => [name, [unread, lastMessage?.text ?? null]]),
  );
}
