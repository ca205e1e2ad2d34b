import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { createMirageClient } from '../../../src/client/index.ts';
import { openServer } from '../../../src/server/app/open-server.ts';
import { loadConfig } from '../../../src/server/core/config.ts';
import { createLogger } from '../../../src/server/core/logger.ts';
import { startSession } from '../../../src/server/services/sessions/sessions.ts';
import { addUser, writeEmptyDatabase } from '../../support/harness.ts';
import { passwordOf } from './app.ts';
import { visit } from './browser.ts';

async function openMirage(env: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'mirage-'));
  const path = join(folder, 'mirage.db');
  await writeEmptyDatabase(path);
  const { url, deps, close } = await openServer(
    {
      ...loadConfig({
        PORT: '0',
        RATE_LIMIT: 'off',
        LOG_LEVEL: 'silent',
        MAX_PUBLIC_ROOMS: '1000',
        ...env,
      }),
      databaseUrl: `file:${path}`,
    },
    { log: createLogger('silent') },
  );
  return {
    url,
    deps,
    async close() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Opened = Awaited<ReturnType<typeof openMirage>>;

/** A server in this process, with the built web client, until the test has finished. */
export async function startServer(env: Record<string, string> = {}) {
  const mirage = await openMirage(env);
  onTestFinished(() => mirage.close());
  return {
    url: mirage.url,
    deps: mirage.deps,
    user: (username: string, email?: string) => createUser(mirage, username, email),
  };
}

/** The same for all tests of a file, which use user names of their own. */
export function withMirage(env: Record<string, string> = {}) {
  let mirage: Opened;
  beforeAll(async () => {
    mirage = await openMirage(env);
  });
  afterAll(() => mirage.close());

  let count = 0;
  /** A user whose name starts with this text. */
  function user(prefix: string) {
    count += 1;
    return createUser(mirage, `${prefix}${count}`);
  }
  /** A room name that is used only once. */
  function roomName(prefix: string) {
    count += 1;
    return `${prefix}${count}`;
  }
  return {
    get url() {
      return mirage.url;
    },
    user,
    roomName,
    /** A room of two members, the second of whom talks in it. */
    async roomOfTwo(prefix: string, history: 'ephemeral' | 'kept' = 'ephemeral') {
      const ada = await user('ada');
      const bob = await user('bob');
      const name = roomName(prefix);
      const { id: roomId } = await ada.client.chat.createRoom.mutate({ name, history });
      await bob.client.chat.joinRoom.mutate({ name });
      const say = (text: string) => bob.client.chat.sendMessage.mutate({ roomId, text });
      return { ada, bob, name, roomId, say };
    },
  };
}

/** A new user, with an API client and a function that opens a browser logged in as that user. */
async function createUser({ url, deps }: Opened, username: string, email?: string) {
  const { token, passwordHash } = await addUser(deps, { username, password: passwordOf(username), email });
  return {
    username,
    client: createMirageClient({ url, token }),
    token,
    /** `at`: the address of a proxy in front of the server. */
    async open(hash = '', { at = url, ...options }: BrowserContextOptions & { at?: string } = {}) {
      // A session of its own, as after logging in with the form.
      const cookie = await startSession(deps, {
        username,
        passwordHash,
        method: 'password',
        device: 'Chrome on Linux',
      });
      if (cookie === undefined) throw new Error(`${username} has no session`);
      return visit(`${at}/${hash}`, { ...options, storageState: loggedIn(at, username, cookie) });
    },
  };
}

/** What a browser holds after logging in. */
function loggedIn(url: string, username: string, token: string) {
  const { hostname, origin } = new URL(url);
  return {
    cookies: ['/trpc', '/files'].map((path) => ({
      name: 'mirage_session',
      value: token,
      domain: hostname,
      path,
      expires: -1,
      httpOnly: true,
      secure: false,
      sameSite: 'Strict' as const,
    })),
    origins: [{ origin, localStorage: [{ name: 'mirage.user', value: username }] }],
  };
}
