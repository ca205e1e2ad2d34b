import { usePeople } from '../inbox/use-people.ts';
import { useJoinedRooms, useJoinRoom, usePublicRooms } from '../rooms/use-rooms.ts';
import { navigate } from '../route.ts';
import { listed, unreadOf } from '../state/conversations.ts';
import { unreadIn } from '../state/room-lists.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { matching } from './ranking.ts';

/** Where one can go. */
export interface Place {
  key: string;
  name: string;
  kind: 'room' | 'privateRoom' | 'publicRoom' | 'person';
  unread: number;
  /** Rejects if it cannot be opened. */
  open(): unknown;
}

const maxPlaces = 12;

/**
 * The user's rooms and conversations, what is unread first; and with what has been typed, public rooms, which are joined, and
 * people as well.
 */
export function usePlaces(typed: string): Place[] {
  const { inbox, seen, username } = useSession();
  const { conversations, listedDownTo, seen: seenInInbox } = useStore(inbox);
  const seenInRooms = useStore(seen);
  const joinRoom = useJoinRoom();
  const { data: joined = [] } = useJoinedRooms();
  const { data: all = [] } = usePublicRooms();
  const found = usePeople(typed);

  const rooms = joined.map(
    (room): Place => ({
      key: `room ${room.id}`,
      name: room.name,
      kind: room.isPrivate ? 'privateRoom' : 'room',
      unread: unreadIn(room, seenInRooms),
      open: () => navigate({ page: 'rooms', roomId: room.id }),
    }),
  );
  const person = (peer: string, unread = 0): Place => ({
    key: `person ${peer}`,
    name: peer,
    kind: 'person',
    unread,
    open: () => navigate({ page: 'inbox', peer }),
  });
  const peers = listed(conversations, listedDownTo).map((conversation) => {
    const { username: peer } = conversation.peer;
    return person(peer, unreadOf(conversation, seenInInbox.get(peer)));
  });
  const own = [...rooms, ...peers];
  const unreadFirst = own.toSorted((a, b) => Number(b.unread > 0) - Number(a.unread > 0));
  if (typed.trim() === '') return unreadFirst.slice(0, maxPlaces);

  const others = all
    .filter((room) => !room.joined)
    .map(
      ({ id, name }): Place => ({
        key: `room ${id}`,
        name,
        kind: 'publicRoom',
        unread: 0,
        open: () => joinRoom({ name }),
      }),
    );
  const known = new Set(peers.map(({ name }) => name));
  const people = found.filter((one) => !known.has(one.username) && one.username !== username);
  return matching([...unreadFirst, ...others, ...people.map((one) => person(one.username))], typed).slice(
    0,
    maxPlaces,
  );
}
