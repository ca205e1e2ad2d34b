import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getMe, logOut, type Me } from './account.ts';
import { ChatContext, createChat } from './chat.ts';
import { LogIn } from './log-in.tsx';
import { RoomView } from './room-view.tsx';
import { Rooms } from './rooms.tsx';

export function App() {
  const me = useQuery({ queryKey: ['me'], queryFn: getMe, staleTime: Number.POSITIVE_INFINITY });
  if (me.isPending) return <p className="notice">Loading…</p>;
  if (me.isError) return <p className="notice">The server cannot be reached.</p>;
  return me.data === null ? <LogIn /> : <Chat key={me.data.username} me={me.data} />;
}

function Chat({ me }: { me: Me }) {
  const queries = useQueryClient();
  const [chat] = useState(createChat);
  const [roomId, setRoomId] = useState<number>();
  const leaving = useMutation({
    mutationFn: logOut,
    onSuccess() {
      chat.connection.close();
      queries.setQueryData(['me'], null);
      // The next user must not see the previous user's data.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
    },
  });

  return (
    <ChatContext value={chat}>
      <div className="chat">
        <header>
          <h1>Team chat</h1>
          <p>
            {me.username}{' '}
            <button type="button" onClick={() => leaving.mutate()} disabled={leaving.isPending}>
              Log out
            </button>
          </p>
        </header>
        <Rooms current={roomId} onChoose={setRoomId} />
        {roomId === undefined ? (
          <p className="notice">Choose a room, or make one.</p>
        ) : (
          <RoomView key={roomId} roomId={roomId} me={me.username} />
        )}
      </div>
    </ChatContext>
  );
}
