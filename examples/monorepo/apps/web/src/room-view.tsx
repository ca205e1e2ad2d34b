import { useEffect, useRef } from 'react';
import { useMessages, useSendMessage } from './use-messages.ts';

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

export function RoomView({ roomId, me }: { roomId: number; me: string }) {
  const messages = useMessages(roomId);
  const sending = useSendMessage(roomId, me);
  const end = useRef<HTMLDivElement>(null);
  const count = messages.data?.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls when a message is added
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [count]);

  return (
    <main>
      <div role="log" aria-label="Messages">
        <ol>
          {messages.data?.map(({ id, username, text, createdAt, isPending }) => (
            <li key={id} className={username === me ? 'own' : undefined} aria-busy={isPending}>
              <p>
                <b>{username}</b> <time dateTime={createdAt}>{time.format(new Date(createdAt))}</time>
              </p>
              <p>{text}</p>
            </li>
          ))}
        </ol>
        <div ref={end} />
      </div>
      {messages.isError && <p role="alert">{messages.error.message}</p>}
      {sending.isError && <p role="alert">This was not sent: {sending.error.message}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const text = String(new FormData(form).get('text')).trim();
          if (text === '') return;
          sending.mutate(text);
          form.reset();
        }}
      >
        <input name="text" aria-label="Message" placeholder="Message" autoComplete="off" />
        <button type="submit">Send</button>
      </form>
    </main>
  );
}
