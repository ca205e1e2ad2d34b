import { createMirageClient, type Inputs, reasonOf } from '../../client/index.ts';
import { CookieRefused } from '../failure.ts';
import { hrefOf } from '../route.ts';
import { forgetDrafts } from '../state/drafts.ts';
import { forgetSeenPeople } from '../state/seen.ts';
import { createSession, type Session } from '../state/session.ts';
import { read, write } from '../state/storage.ts';
import { createStore, type Store } from '../state/store.ts';
import { deviceName } from './device.ts';

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

/** The end of the session that is then heard of is the one that was asked for. */
let isLoggingOut = false;

/** Who was the last to use this window. */
let lastUser: string | undefined;

/** Takes up the session of the cookie, if there is one. */
export async function start(): Promise<void> {
  if (read(nameKey) === undefined) return store.set({ status: 'loggedOut', hasExpired: false });
  store.set({ status: 'starting' });
  try {
    await resume();
  } catch (error) {
    if (reasonOf(error) !== 'UNAUTHORIZED') return store.set({ status: 'unreachable', error });
    write(nameKey, undefined);
    store.set({ status: 'loggedOut', hasExpired: true });
  }
}

async function resume(): Promise<void> {
  const nameBefore = read(nameKey);
  const client = createMirageClient({ url });
  const { username } = await client.auth.me.query();
  // Another window may have changed who uses this browser meanwhile.
  if (read(nameKey) !== nameBefore) return start();
  if (lastUser !== undefined && lastUser !== username) goHome();
  lastUser = username;
  store.set({ status: 'loggedIn', session: createSession(client, username, () => void startAgain()) });
}

/** After the end of a session. There may be another one by now, of another window. */
async function startAgain(): Promise<void> {
  if (isLoggingOut || store.get().status === 'starting') return;
  close();
  await start();
}

/** All windows of a browser have one cookie between them: when one logs in or out, so do the others. */
export function followOtherWindows(): void {
  addEventListener('storage', ({ key }) => {
    if (key === nameKey) void startAgain();
  });
}

/** The token is in the hands of this function alone, and only until the server has made a cookie of it. */
export async function logIn(credentials: Inputs['auth']['login']): Promise<void> {
  const device = deviceName();
  const { token, username } = await createMirageClient({ url }).auth.login.mutate({
    ...credentials,
    ...(device && { device }),
  });
  const response = await fetch('/session', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`no session: status ${response.status}`);
  write(nameKey, username);
  await resume().catch((error: unknown) => {
    throw reasonOf(error) === 'UNAUTHORIZED' ? new CookieRefused() : error;
  });
}

export async function register(user: Inputs['auth']['register']): Promise<void> {
  await createMirageClient({ url }).auth.register.mutate(user);
  await logIn(user);
}

export async function logOut({ everywhere = false } = {}): Promise<void> {
  const before = store.get();
  if (before.status !== 'loggedIn') return;
  const { client, username } = before.session;
  isLoggingOut = true;
  try {
    // Before anything else: nobody is told to be out whose session goes on.
    await (everywhere ? client.auth.logoutEverywhere : client.auth.logout)
      .mutate()
      .catch((error: unknown) => {
        if (reasonOf(error) !== 'UNAUTHORIZED') throw error; // it has ended already
      });
    forgetDrafts(username);
    forgetSeenPeople(username);
    write(nameKey, undefined);
    close();
    goHome();
    store.set({ status: 'loggedOut', hasExpired: false });
    // It opens nothing any more; that it goes is tidiness.
    await fetch('/session', { method: 'DELETE' }).catch(() => {});
  } finally {
    isLoggingOut = false;
  }
}

function close(): void {
  const before = store.get();
  if (before.status !== 'loggedIn') return;
  store.set({ status: 'starting' });
  before.session.close();
}

/** Where one user was is none of the next one's business. */
function goHome(): void {
  location.replace(hrefOf({ page: 'rooms' }));
}
