import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { type Config, loadConfig } from '../../src/server/config.ts';
import { createLogger } from '../../src/server/logger.ts';
import { openServer } from '../../src/server/open-server.ts';
import { fakeClock } from './fake-clock.ts';

export type Mirage = Awaited<ReturnType<typeof startMirage>>;

/** With `npm run test:scale` the same tests are run again on Postgres and Redis. */
const services =
  process.env.TEST_ON === 'services' ? await import('../scale/support/services.ts') : undefined;

export interface Fields {
  /** Goes into the Authorization header; all else into the body. */
  token?: string | undefined;
  [field: string]: unknown;
}

/** A whole Mirage on a free port, with a database and a clock of its own; it is gone when the test has finished. */
export async function startMirage(settings: Partial<Config> = {}) {
  const folder = await temporaryFolder();
  const config: Config = {
    ...loadConfig({ PORT: '0', RATE_LIMIT: 'off', LOG_LEVEL: 'silent' }),
    databaseUrl: `file:${join(folder, 'mirage.db')}`,
    ...(await services?.placeOfItsOwn()),
    ...settings,
  };
  const clock = fakeClock(Date.now());
  const server = await openServer(config, { clock, log: createLogger(config.logLevel) });
  onTestFinished(() => server.close());
  const { url, deps } = server;

  const client = (token?: string) => createMirageClient({ url, ...(token !== undefined && { token }) });

  /** Registers a user and logs in. */
  async function user(username: string, password = `password of ${username}`) {
    await client().auth.register.mutate({ username, email: `${username}@example.com`, password });
    const { token } = await client().auth.login.mutate({ username, password });
    return { username, password, token, client: client(token) };
  }

  /** One call of the legacy API: status and parsed body. */
  async function rest(method: string, path: string, { token, ...fields }: Fields = {}) {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: token }),
        ...(method === 'POST' && { 'content-type': 'application/json' }),
      },
      ...(method === 'POST' && { body: JSON.stringify(fields) }),
    });
    const text = await response.text();
    return [response.status, text === '' ? undefined : (JSON.parse(text) as unknown)] as const;
  }

  return { url, deps, clock, folder, client, user, rest, close: server.close };
}

/** An empty folder that is removed when the test has finished. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mirage-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
