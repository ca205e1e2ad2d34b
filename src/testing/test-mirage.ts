import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../server/clock.ts';
import { type Config, loadConfig } from '../server/config.ts';
import type { Deps } from '../server/context.ts';
import { openDeps } from '../server/deps.ts';
import { listen, onlyOnce } from '../server/open-server.ts';
import { type Caller, createCaller } from '../server/routers/app-router.ts';
import { addTestUser, type NewTestUser, type TestUser } from './test-user.ts';

export type { NewTestUser, TestUser };

/** For {@link createTestMirage}. */
export interface TestMirageOptions {
  /** What differs from the settings of a test: no limits on guessing and sending, no log, any free port. */
  settings?: Partial<Config>;
  /** The time, in milliseconds since 1970; a `fakeClock` can be moved. Without it, it is what `Date.now` says. */
  clock?: Clock;
}

/** A Mirage of one test. `await using` closes it. */
export interface TestMirage extends AsyncDisposable {
  /** What it is made of, to look behind the API. */
  readonly deps: Deps;
  /** The API as somebody who is not logged in has it. */
  readonly api: Caller;
  /**
   * Makes an account, opens a session, and gives the API as its owner has it. Throws an AppError if the name is taken or
   * no name.
   */
  user(username: string, fields?: NewTestUser): Promise<TestUser>;
  /** Serves it over HTTP and WebSocket, and gives its address; when called again, the same. */
  listen(): Promise<string>;
  /** Ends all subscriptions, as if their readers had stopped, and leaves nothing behind. */
  close(): Promise<void>;
}

/**
 * A whole Mirage within this process, with a database of its own in a temporary folder. There can be several at a time.
 * It does not listen unless it is told to. Inputs are checked, and errors thrown, as over HTTP; what comes back has not
 * been through JSON, so times are Dates.
 */
export async function createTestMirage({ settings, clock }: TestMirageOptions = {}): Promise<TestMirage> {
  const folder = await mkdtemp(join(tmpdir(), 'mirage-test-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  const config: Config = {
    ...loadConfig({ PORT: '0', RATE_LIMIT: 'off', LOG_LEVEL: 'silent' }),
    databaseUrl: `file:${join(folder, 'mirage.db')}`,
    ...settings,
  };
  const { deps, close: closeDeps } = await openDeps(config, clock && { clock }).catch(async (error) => {
    await removeFolder();
    throw error;
  });

  const subscriptions = new AbortController();
  const callerOf = (token?: string) =>
    createCaller({ deps, token, address: '127.0.0.1' }, { signal: subscriptions.signal });
  let listening: ReturnType<typeof listen> | undefined;

  const close = onlyOnce(async () => {
    subscriptions.abort();
    try {
      const server = await listening?.catch(() => undefined); // whoever asked has been told
      await server?.close();
    } finally {
      await closeDeps();
      await removeFolder();
    }
  });

  return {
    deps,
    api: callerOf(),
    user: (username, fields) => addTestUser(deps, callerOf, username, fields),
    async listen() {
      if (subscriptions.signal.aborted) throw new Error('this Mirage is closed');
      listening ??= listen(deps);
      return (await listening).url;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
