import { QueryClientProvider } from '@tanstack/react-query';
import { account, start } from './account/account.ts';
import { Entry } from './account/entry.tsx';
import { Shell } from './shell/shell.tsx';
import { SessionContext } from './state/session.ts';
import { useStore } from './state/store.ts';
import { text } from './text.ts';
import { Announcer } from './ui/announcer.tsx';
import { Failure, Skeleton } from './ui/empty.tsx';
import { ErrorBoundary } from './ui/error-boundary.tsx';

export function App() {
  return (
    <>
      <ErrorBoundary>
        <Screen />
      </ErrorBoundary>
      <Announcer />
    </>
  );
}

function Screen() {
  const state = useStore(account);
  switch (state.status) {
    case 'starting':
      return (
        <main className="starting">
          <Skeleton rows={5} />
        </main>
      );
    case 'unreachable':
      return (
        <main className="starting">
          <Failure title={text.entry.unreachable} error={state.error} onRetry={() => void start()} />
        </main>
      );
    case 'loggedOut':
      return <Entry hasExpired={state.hasExpired} />;
    case 'loggedIn':
      return (
        <SessionContext value={state.session}>
          <QueryClientProvider client={state.session.queries}>
            <Shell />
          </QueryClientProvider>
        </SessionContext>
      );
  }
}
