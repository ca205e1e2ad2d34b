import { createMirageClient, type MirageClient, type Outputs } from 'mirage/client';
import { createContext, useContext } from 'react';
import { getChatToken } from './account.ts';

export type Room = Outputs['chat']['listPublicRooms'][number];
export type Message = Outputs['chat']['listMessages'][number];

/** Creates the client for one login. The token is fetched once and stays in this closure. */
export function createChat(): MirageClient {
  let token: Promise<string> | undefined;
  return createMirageClient({
    url: `${location.origin}/chat`,
    token() {
      token ??= getChatToken();
      token.catch(() => {
        token = undefined;
      });
      return token;
    },
  });
}

export const ChatContext = createContext<MirageClient | undefined>(undefined);

export function useChat(): MirageClient {
  const chat = useContext(ChatContext);
  if (!chat) throw new Error('nobody is logged in');
  return chat;
}
