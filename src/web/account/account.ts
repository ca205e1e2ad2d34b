import {
  createMirageClient,
  type Inputs,
  type MirageClient,
  type Outputs,
  reasonOf,
} from '../../client/index.ts';
import { base } from '../base.ts';
import { CookieRejected } from '../failure.ts';
import { deleteKeptUploads } from '../files/kept-uploads.ts';
import { deleteComposeDrafts } from '../inbox/compose-draft.ts';
import { hrefOf, parseRoute } from '../route.ts';
import { retryDelayMs } from '../session/retry.ts';
import type { Session } from '../session/session.ts';
import { onStorage, read, removeByPrefix, write } from '../storage.ts';
import { createStore, type Store } from '../store.ts';
import { deviceName } from './device.ts';
import * as lastUser from './last-user.ts';

/** The state of the login. */
export type Account =
  | { status: 'starting' }
  | { status: 'unreachable'; error: unknown }
  /** The server accepts the session, but refuses its live connection; trying again at once would not help. */
  | { status: 'refused' }
  | { status: 'loggedOut'; hasExpired: boolean }
  | { status: 'loggedIn'; session: Session };

/**
 * The session cookie is not readable by scripts, so the user name is stored as a hint that there is one. Without it the
 * server is not asked.
 */
const nameKey = 'mirage.user';

/** What these stored of the user. */
const keysOfEarlierVersions = ['mirage.outbox.', 'mirage.seen.'];

const url = base.href;
const sessionUrl = new URL('session', base);
const store = createStore<Account>({ status: 'starting' });

export const account: Store<Account> = store;

/** While true, the end of the session is expected. */
let isLoggingOut = false;

/** How long logging out waits for what is being sent. */
const patienceMs = 2000;

/** How long logging out waits for the server to remove the cookie. */
const cookieRemovalMs = 5000;

/** Sessions that ended, one after the other, before their live connection had started. */
let refusals = 0;
const maxRefusals = 2;

/** Resumes the session of the cookie, if there is one. */
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

const loadSession = () => import('../session/session.ts');

async function resume(): Promise<void> {
  const nameBefore = read(nameKey);
  const client = createMirageClient({ url });
  const [{ username }] = await Promise.all([client.auth.me.query(), loadSession()]);
  // Another window may have changed the user in the meantime.
  if (read(nameKey) !== nameBefore) return start();
  // These show nothing of the last user.
  const isForAnybody = ['invite', 'oidc', 'verify', 'reset'].includes(parseRoute(location.hash).page);
  if (lastUser.switchUser(username) && !isForAnybody) resetRoute();
  await open(client, username);
}

async function open(client: MirageClient, username: string): Promise<void> {
  const { createSession } = await loadSession();
  const session = createSession(client, username, () => void onExpired(session));
  store.set({ status: 'loggedIn', session });
}

/** Another window may have started a new session. If not even that one is accepted, something else is wrong. */
async function onExpired(session: Session): Promise<void> {
  const current = store.get();
  if (isLoggingOut || current.status !== 'loggedIn' || current.session !== session) return;
  refusals = session.hasBeenLive() ? 0 : refusals + 1;
  close();
  if (refusals >= maxRefusals) return store.set({ status: 'refused' });
  if (refusals > 0) await new Promise((resolve) => setTimeout(resolve, retryDelayMs(refusals)));
  await start();
}

/** Starts over on request of the user. */
export async function retry(): Promise<void> {
  refusals = 0;
  await start();
}

/** All windows share one cookie: when the user logs in or out in one of them, the others follow. */
export function followOtherWindows(): void {
  onStorage(nameKey, (key) => {
    if (key !== nameKey || isLoggingOut || store.get().status === 'starting') return;
    close();
    void retry();
  });
}

/** A log-in whose second step has still to come. */
export type PendingLogin = Extract<Outputs['auth']['login'], { token: null }>;

/** Resolves to the log-in if it has a second step. */
export async function logIn(credentials: Inputs['auth']['login']): Promise<PendingLogin | undefined> {
  const device = deviceName();
  const login = await createMirageClient({ url }).auth.login.mutate({
    ...credentials,
    ...(device && { device }),
  });
  if (login.token === null) return login;
  await enter(login);
  return undefined;
}

/** Exchanges the token for a cookie at once; it is stored nowhere else. */
export async function enter({ token, username }: { token: string; username: string }): Promise<void> {
  close(); // of another user, who was logged in here
  const response = await fetch(sessionUrl, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`no session: status ${response.status}`);
  write(nameKey, username);
  await resume().catch((error: unknown) => {
    throw reasonOf(error) === 'UNAUTHORIZED' ? new CookieRejected() : error;
  });
}

export async function register(user: Inputs['auth']['register']): Promise<PendingLogin | undefined> {
  await createMirageClient({ url }).auth.register.mutate(user);
  return logIn(user);
}

/** Removes the account, and with it what this browser has of the user. */
export const deleteAccount = (password: string | undefined): Promise<void> =>
  endSession(({ auth }) => auth.deleteAccount.mutate({ ...(password !== undefined && { password }) }));

export const logOut = ({ everywhere = false } = {}): Promise<void> =>
  endSession(({ auth }) =>
    (everywhere ? auth.logoutEverywhere : auth.logout).mutate().catch((error: unknown) => {
      if (reasonOf(error) !== 'UNAUTHORIZED') throw error; // the session has already ended
    }),
  );

async function endSession(end: (client: MirageClient) => Promise<void>): Promise<void> {
  const before = store.get();
  if (before.status !== 'loggedIn') return;
  const { session } = before;
  const { client, username } = session;
  isLoggingOut = true;
  try {
    // What is under way is finished, unless that takes long. Then nothing is sent: by then the session may have ended.
    await Promise.race([session.chat.idle(), new Promise((resolve) => setTimeout(resolve, patienceMs))]);
    await session.chat.close();
    // First, so that a failure never shows the user as logged out while the session continues.
    await end(client).catch(async (error: unknown) => {
      session.close();
      await open(createMirageClient({ url }), username);
      throw error;
    });
    refusals = 0;
    close({ forget: true });
    deleteComposeDrafts();
    deleteKeptUploads(username);
    for (const prefix of keysOfEarlierVersions) removeByPrefix(prefix);
    write(nameKey, undefined);
    resetRoute();
    // The token is already invalid; this only removes the cookie. The form waits for it, since an answer that came after the
    // next login would remove the new cookie.
    await fetch(sessionUrl, { method: 'DELETE', signal: AbortSignal.timeout(cookieRemovalMs) }).catch(
      () => {},
    );
    store.set({ status: 'loggedOut', hasExpired: false });
  } finally {
    isLoggingOut = false;
  }
}

function close(options?: { forget: boolean }): void {
  const before = store.get();
  if (before.status !== 'loggedIn') return;
  store.set({ status: 'starting' });
  before.session.close(options);
}

/** Keeps the next user from seeing where the previous one was. */
function resetRoute(): void {
  location.replace(hrefOf({ page: 'rooms' }));
}
