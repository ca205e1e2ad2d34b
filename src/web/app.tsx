import { Direction } from 'radix-ui';
import { useEffect } from 'react';
import { account, retry } from './account/account.ts';
import { LiveConnectionRefused } from './failure.ts';
import { useRoute } from './route.ts';
import { useStore } from './store.ts';
import { text } from './text.ts';
import { Announcer } from './ui/announcer.tsx';
import { Failure, Skeleton } from './ui/empty.tsx';
import { ErrorBoundary } from './ui/error-boundary.tsx';
import { lazyComponent } from './ui/lazy-component.tsx';

const loadLoggedIn = async () => (await import('./shell/logged-in.tsx')).LoggedIn;
const LoggedIn = lazyComponent(loadLoggedIn, Starting);
const AuthPage = lazyComponent(async () => (await import('./account/auth-page.tsx')).AuthPage);
const OidcPage = lazyComponent(async () => (await import('./account/oidc-page.tsx')).OidcPage);
const LinkPage = lazyComponent(async () => (await import('./account/link-page.tsx')).LinkPage);

export function App() {
  return (
    <Direction.Provider dir={document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr'}>
      <ErrorBoundary>
        <Screen />
      </ErrorBoundary>
      <Announcer />
    </Direction.Provider>
  );
}

function Screen() {
  const state = useStore(account);
  const route = useRoute();
  if (route.page === 'oidc') return <OidcPage />;
  if ('token' in route) return <LinkPage {...route} />;
  switch (state.status) {
    case 'starting':
      return <Starting />;
    case 'unreachable':
      return (
        <main className="starting">
          <Failure title={text.auth.unreachable} error={state.error} isView onRetry={() => void retry()} />
        </main>
      );
    case 'refused':
      return (
        <main className="starting">
          <Failure
            title={text.auth.refused}
            error={new LiveConnectionRefused()}
            isView
            onRetry={() => void retry()}
          />
        </main>
      );
    case 'loggedOut':
      return <AuthPage hasExpired={state.hasExpired} />;
    case 'loggedIn':
      return <LoggedIn session={state.session} />;
  }
}

/** What is probably needed next is loaded while the server is asked. */
function Starting() {
  useEffect(() => void loadLoggedIn().catch(() => {}), []); // tried again when it is shown
  return (
    <main className="starting">
      <Skeleton rows={5} />
    </main>
  );
}
