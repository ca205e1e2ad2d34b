import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { refresh } from '../session/refresh.ts';
import { useSession } from '../session/session.ts';
import { Notice } from '../ui/field.tsx';

const words = laterText.roomSettings;

/** Who may not join the room, and the way to let them. */
export function Bans({ roomId }: { roomId: number }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const queryKey = ['bans', roomId];
  const bans = useQuery({ queryKey, queryFn: () => client.chat.listBans.query({ roomId }) });
  const lift = useMutation({
    mutationFn: (username: string) => client.chat.unban.mutate({ roomId, username }),
    onSettled: () => refresh(queries, queryKey),
  });
  const error = lift.error ?? bans.error;
  if (error) return <Notice kind="error">{explain(error)}</Notice>;
  if (!bans.data || bans.data.bans.length === 0) return null;
  return (
    <>
      <p className="hint">{words.bans}</p>
      <ul className="sessions" aria-label={words.bans}>
        {bans.data.bans.map(({ username }) => (
          <li key={username} className="session">
            <bdi>{username}</bdi>
            <button
              type="button"
              className="button button-quiet button-small"
              aria-disabled={lift.isPending}
              onClick={() => !lift.isPending && lift.mutate(username)}
            >
              {words.lift}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
