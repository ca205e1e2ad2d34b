import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Room, useChat } from './chat.ts';

interface Props {
  current: number | undefined;
  onChoose(roomId: number): void;
}

/** The public rooms as a query; joining and creating a room are mutations that invalidate it. */
export function Rooms({ current, onChoose }: Props) {
  const chat = useChat();
  const queries = useQueryClient();
  const rooms = useQuery({ queryKey: ['rooms'], queryFn: () => chat.chat.listPublicRooms.query() });
  const onEntered = async ({ id }: { id: number }) => {
    await queries.invalidateQueries({ queryKey: ['rooms'] });
    onChoose(id);
  };
  const joining = useMutation({
    mutationFn: ({ name }: Room) => chat.chat.joinRoom.mutate({ name }),
    onSuccess: onEntered,
  });
  const making = useMutation({
    mutationFn: (name: string) => chat.chat.createRoom.mutate({ name }),
    onSuccess: onEntered,
  });
  const error = rooms.error ?? joining.error ?? making.error;

  return (
    <nav aria-label="Rooms">
      <ul>
        {rooms.data?.map((room) => (
          <li key={room.id}>
            <button
              type="button"
              aria-current={room.id === current || undefined}
              onClick={() => (room.joined ? onChoose(room.id) : joining.mutate(room))}
            >
              # {room.name}
              {!room.joined && <small> join</small>}
            </button>
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          making.mutate(String(new FormData(form).get('name')), { onSuccess: () => form.reset() });
        }}
      >
        <label>
          New room
          <input name="name" required maxLength={100} />
        </label>
        <button type="submit" disabled={making.isPending}>
          Make
        </button>
      </form>
      {error && <p role="alert">{error.message}</p>}
    </nav>
  );
}
