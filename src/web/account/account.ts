import { createMirageClient, type Inputs, reasonOf } from '../../client/index.ts';
import { forgetDrafts } from '../state/drafts.ts';
import { createSession, type Session } from '../state/session.ts';
import { read, write } from '../state/storage.ts';
import { createStore, type Store } from '../state/store.ts';

/** Who uses this page. */
export type Account =
  | { status: 'starting' }
  | { status: 'unreachable'; error: unknown }
  | { status: 'loggedOut'; hasExpired: boolean }
  | { status: 'loggedIn'; session: Session };

/**
 * Whether there is a cookie at all no script can see. So the name of who logged in is kept, which is no secret; without it
 * the server is not asked at every visit of a stranger.
 */
const nameKey = 'mirage.user';

const url = location.origin;
const store = createStore<Account>({ status: 'starting' });

export const account: Store<Account> = store;

/** Takes up the session of the cookie, if there is one. */
export async function start(): Promise<void> {
  if (read(nameKey) === undefined) return store.set({ status: 'loggedOut', hasExpired: false });
  store.set({ status: 'starting' });
  try {
    const client = createMirageClient({ url });
    const { username } = await client.auth.me.query();
    store.set({ status: 'loggedIn', session: createSession(client, username, () => void expire()) });
  } catch (error) {
    if (reasonOf(error) === 'UNAUTHORIZED') await expire();
    else store.set({ status: 'unreachable', error });
  }
}

/** The token is in the hands of this function alone, and only until the server has made a cookie of it. */
export async function logIn(credentials: Inputs['auth']['login']): Promise<void> {
  const { token, username } = await createMirageClient({ url }).auth.login.mutate(credentials);
  const response = await fetch('/session', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`no session: status ${response.status}`);
  write(nameKey, username);
  await start();
}

export async function register(user: Inputs['auth']['register']): Promise<void> {
  await createMirageClient({ url }).auth.register.mutate(user);
  await logIn(user);
}

export async function logOut(): Promise<void> {
  const before = store.get();
  if (before.status !== 'loggedIn') return;
  const { client, username } = before.session;
  // Without an end of the session on the server, nobody is told that there was one.
  await client.auth.logout.mutate();
  forgetDrafts(username);
  await leave({ hasExpired: false });
}

const expire = () => leave({ hasExpired: true });

async function leave({ hasExpired }: { hasExpired: boolean }): Promise<void> {
  const before = store.get();
  write(nameKey, undefined);
  store.set({ status: 'loggedOut', hasExpired });
  if (before.status === 'loggedIn') before.session.close();
  // What it held opens nothing any more; that it is gone is tidiness.
  await fetch('/session', { method: 'DELETE' }).catch(() => {});
}
