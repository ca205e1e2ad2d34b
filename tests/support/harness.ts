import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { onTestFinished } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { openServer } from '../../src/server/app/open-server.ts';
import { type Config, loadConfig } from '../../src/server/core/config.ts';
import { createLogger } from '../../src/server/core/logger.ts';
import { isDatabaseFile } from '../../src/server/infra/db/database-file.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { createAccount } from '../../src/server/services/accounts/accounts.ts';
import { startSession } from '../../src/server/services/sessions/sessions.ts';
import type { Deps } from '../../src/server/services/shared/deps.ts';
import { fakeClock } from './fake-clock.ts';

/** Opens the account like any other, in a thousandth of the time. */
export const cheapHash = (password: string) => hash(password, { memoryCost: 8, timeCost: 1, parallelism: 1 });

export type Mirage = Awaited<ReturnType<typeof startMirage>>;

/** With `npm run test:scale` the same tests are run again on Postgres and Redis. */
const services = process.env.TEST_ON === 'services' ? await import('../scale/support/place.ts') : undefined;

export interface Fields {
  /** Goes into the Authorization header; all else into the body. */
  token?: string | undefined;
  [field: string]: unknown;
}

/** A whole Mirage on a free port, with a database and a clock of its own, which never goes back; it is gone when the test has finished. */
export async function startMirage(settings: Partial<Config> = {}, startMs = Date.now()) {
  const folder = await temporaryFolder();
  const path = join(folder, 'mirage.db');
  const place = {
    ...loadConfig({ PORT: '0', RATE_LIMIT: 'off', LOG_LEVEL: 'silent' }),
    databaseUrl: `file:${path}`,
    ...(await services?.placeOfItsOwn()),
  };
  const config: Config = { ...place, ...settings };
  // Where files are is not what a test of their settings is about.
  if (settings.files) config.files = { ...settings.files, url: settings.files.url ?? place.files.url };
  if (config.databaseUrl === `file:${path}`) await writeEmptyDatabase(path);
  // Beside a database file there is a folder for its files; all others would have the same one.
  if (!isDatabaseFile(config.databaseUrl))
    config.files = { ...config.files, url: config.files.url ?? `file:${folder}/files` };
  const clock = fakeClock(startMs);
  const server = await openServer(config, { clock, log: createLogger(config.logLevel) });
  onTestFinished(() => server.close());
  const { url, deps } = server;

  const client = (token?: string | null) =>
    createMirageClient({ url, ...(typeof token === 'string' && { token }) });

  async function user(username: string, password = `password of ${username}`) {
    const { token } = await addUser(deps, { username, password });
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

let emptyDatabase: Promise<Buffer> | undefined;

/** Creates the file that Mirage would, whose migrations would otherwise take half the time of a start. */
export async function writeEmptyDatabase(path: string): Promise<void> {
  emptyDatabase ??= readEmptyDatabase();
  await writeFile(path, await emptyDatabase, { mode: 0o600 });
}

async function readEmptyDatabase(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'mirage-'));
  const path = join(folder, 'mirage.db');
  const { close } = await openDb(`file:${path}`);
  await close();
  const bytes = await readFile(path);
  await rm(folder, { recursive: true, force: true });
  return bytes;
}

/** A new account with a session, made as `auth.register` and `auth.login` do but for the cost of the password's hash. */
export async function addUser(
  deps: Deps,
  {
    username,
    password,
    email = `${username}@example.com`,
  }: { username: string; password: string; email?: string | undefined },
) {
  const passwordHash = await cheapHash(password);
  await createAccount(deps, { username, email, passwordHash });
  const token = await startSession(deps, { username, passwordHash, method: 'password' });
  if (token === undefined) throw new Error(`${username} has no session`);
  return { token, passwordHash };
}

/** An empty folder that is removed when the test has finished. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mirage-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
