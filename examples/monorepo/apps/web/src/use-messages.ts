import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type Message, useChat } from './chat.ts';

/** A message that is being sent has a local id. */
export type ShownMessage = Message & { isPending?: boolean };

const byId =
  (message: ShownMessage) =>
  (messages: ShownMessage[] = []) =>
    messages.some(({ id }) => id === message.id) ? messages : [...messages, message];

/** The messages of a room as a query, which a subscription keeps up to date. */
export function useMessages(roomId: number) {
  const chat = useChat();
  const queries = useQueryClient();
  const messages = useQuery({
    queryKey: ['messages', roomId],
    queryFn: (): Promise<ShownMessage[]> => chat.chat.listMessages.query({ roomId }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const isLoaded = messages.isSuccess;

  useEffect(() => {
    if (!isLoaded) return;
    const queryKey = ['messages', roomId];
    const newest = queries.getQueryData<ShownMessage[]>(queryKey)?.findLast(({ isPending }) => !isPending);
    const subscription = chat.chat.onMessage.subscribe(
      // Starts after the newest known message, so that none is missed or duplicated.
      { roomId, lastEventId: newest?.id },
      {
        onData(event) {
          if ('data' in event && event.data.type === 'message')
            queries.setQueryData(queryKey, byId(event.data.message));
          else void queries.invalidateQueries({ queryKey }); // some were changed or lost: see what is there
        },
        onError: () => void queries.invalidateQueries({ queryKey: ['me'] }),
      },
    );
    return () => subscription.unsubscribe();
  }, [chat, queries, roomId, isLoaded]);

  return messages;
}

/** Shown immediately, and removed if the server refuses it. */
export function useSendMessage(roomId: number, username: string) {
  const chat = useChat();
  const queries = useQueryClient();
  const queryKey = ['messages', roomId];
  const without =
    (id: string) =>
    (messages: ShownMessage[] = []) =>
      messages.filter((one) => one.id !== id);

  return useMutation({
    mutationFn: (text: string) => chat.chat.sendMessage.mutate({ roomId, text }),
    onMutate(text) {
      const id = crypto.randomUUID();
      const createdAt = new Date().toISOString();
      queries.setQueryData(queryKey, byId({ id, roomId, username, text, createdAt, isPending: true }));
      return { id };
    },
    onSuccess: (message) => queries.setQueryData(queryKey, byId(message)),
    onSettled: (_message, _error, _text, pending) => {
      if (pending) queries.setQueryData(queryKey, without(pending.id));
    },
  });
}
