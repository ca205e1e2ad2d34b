import { QueryClientProvider } from '@tanstack/react-query';
import { account, retry } from './account/account.ts';
import { AuthPage } from './account/auth-page.tsx';
import { LiveConnectionRefused } from './failure.ts';
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
          <Failure title={text.auth.unreachable} error={state.error} onRetry={() => void retry()} />
        </main>
      );
    case 'refused':
      return (
        <main className="starting">
          <Failure
            title={text.auth.refused}
            error={new LiveConnectionRefused()}
            onRetry={() => void retry()}
          />
        </main>
      );
    case 'loggedOut':
      return <AuthPage hasExpired={state.hasExpired} />;
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
