import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Caller, createCaller } from '../server/api/app-router.ts';
import { createMirage, onlyOnce } from '../server/app/mirage.ts';
import { listen } from '../server/app/open-server.ts';
import type { Clock } from '../server/core/clock.ts';
import { type Config, loadConfig } from '../server/core/config.ts';
import type { Deps } from '../server/services/shared/deps.ts';
import { addTestUser, type NewTestUser, type TestUser } from './test-user.ts';

export type { NewTestUser, TestUser };

/** Options of {@link createTestMirage}. */
export interface TestMirageOptions {
  /** Overrides the test settings, which are: no rate limits, no log, any free port. */
  settings?: Partial<Config>;
  /** The current time in milliseconds since 1970, for example a `fakeClock`. Defaults to `Date.now`. */
  clock?: Clock;
}

/** A Mirage instance for one test. `await using` closes it. */
export interface TestMirage extends AsyncDisposable {
  /** The internal components, for assertions behind the API. */
  readonly deps: Deps;
  /** The API for a caller who is not logged in. */
  readonly api: Caller;
  /**
   * Creates an account, opens a session, and returns the API as that user. Throws an AppError if the name is taken or
   * invalid.
   */
  user(username: string, fields?: NewTestUser): Promise<TestUser>;
  /** Serves HTTP and WebSocket and returns the base address. Further calls return the same address. */
  listen(): Promise<string>;
  /** Ends all subscriptions as if their readers had stopped, and deletes the temporary database. */
  close(): Promise<void>;
}

/**
 * Creates a complete Mirage in this process, with its own database in a temporary folder. Several can run at a time. It
 * does not listen until `listen` is called. Inputs are validated and errors are thrown as over HTTP; results are not
 * serialized to JSON, so times are Dates.
 */
export async function createTestMirage({ settings, clock }: TestMirageOptions = {}): Promise<TestMirage> {
  const folder = await mkdtemp(join(tmpdir(), 'mirage-test-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  const config: Config = {
    ...loadConfig({ PORT: '0', RATE_LIMIT: 'off', LOG_LEVEL: 'silent' }),
    databaseUrl: `file:${join(folder, 'mirage.db')}`,
    ...settings,
  };
  const mirage = await createMirage({ config, pages: true, ...(clock && { clock }) }).catch(async (error) => {
    await removeFolder();
    throw error;
  });
  const { deps } = mirage;

  const subscriptions = new AbortController();
  const callerOf = (token?: string) =>
    createCaller({ deps, token, address: '127.0.0.1' }, { signal: subscriptions.signal });
  let listening: ReturnType<typeof listen> | undefined;

  const close = onlyOnce(async () => {
    subscriptions.abort();
    try {
      const server = await listening?.catch(() => undefined); // `listen` has rejected already
      await (server ?? mirage).close();
    } finally {
      await removeFolder();
    }
  });

  return {
    deps,
    api: callerOf(),
    user: (username, fields) => addTestUser(deps, callerOf, username, fields),
    async listen() {
      if (subscriptions.signal.aborted) throw new Error('this test instance is closed');
      listening ??= listen(mirage);
      return (await listening).url;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
