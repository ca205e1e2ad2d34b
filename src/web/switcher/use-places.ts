import { useInbox, usePublicRooms, useRooms } from '../../client/react/index.ts';
import { usePeople } from '../inbox/use-people.ts';
import { useJoinRoom } from '../rooms/use-rooms.ts';
import { navigate } from '../route.ts';
import { useSession } from '../session/session.ts';
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
  const { username } = useSession();
  const { items: conversations } = useInbox();
  const joinRoom = useJoinRoom();
  const { items: joined } = useRooms();
  const { items: all } = usePublicRooms();
  const found = usePeople(typed);

  const rooms = joined.map(
    (room): Place => ({
      key: `room ${room.id}`,
      name: room.name,
      kind: room.isPrivate ? 'privateRoom' : 'room',
      unread: room.unread,
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
  const peers = conversations
    .filter(({ lastMessage }) => lastMessage !== null) // emptied ones are not listed
    .map(({ peer, unread }) => person(peer.username, unread));
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
