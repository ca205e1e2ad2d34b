import { QueryClientProvider } from '@tanstack/react-query';
import { ChatProvider } from '../../client/react/index.ts';
import { type Session, SessionContext } from '../session/session.ts';
import { Shell } from './shell.tsx';

/** All of the app that needs a session. It is loaded while the server is asked whether there is one. */
export function LoggedIn({ session }: { session: Session }) {
  return (
    <SessionContext value={session}>
      <ChatProvider chat={session.chat}>
        <QueryClientProvider client={session.queries}>
          <Shell />
        </QueryClientProvider>
      </ChatProvider>
    </SessionContext>
  );
}
