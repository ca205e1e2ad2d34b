import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { createMirageClient } from '../../../src/client/index.ts';
import { openServer } from '../../../src/server/app/open-server.ts';
import { loadConfig } from '../../../src/server/core/config.ts';
import { createLogger } from '../../../src/server/core/logger.ts';
import { spawnMirage } from '../../support/process.ts';
import { passwordOf } from './app.ts';
import { visit } from './browser.ts';

/** Starts the built server in its own process. */
export async function startBuilt(env: Record<string, string> = {}) {
  const { url: whenListening } = await spawnMirage({ RATE_LIMIT: 'off', ...env });
  const url = await whenListening();
  return { url, user: (username: string, email?: string) => createUser(url, username, email) };
}

/** One server in this process for all tests of a file, which use user names of their own. */
export function withMirage(env: Record<string, string> = {}) {
  let url = '';
  let close = async () => {};
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mirage-'));
    const server = await openServer(
      {
        ...loadConfig({
          PORT: '0',
          RATE_LIMIT: 'off',
          LOG_LEVEL: 'silent',
          MAX_PUBLIC_ROOMS: '1000',
          ...env,
        }),
        databaseUrl: `file:${join(folder, 'mirage.db')}`,
      },
      { log: createLogger('silent') },
    );
    url = server.url;
    close = async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    };
  });
  afterAll(() => close());

  let count = 0;
  return {
    get url() {
      return url;
    },
    /** A user whose name starts with this text. */
    user(prefix: string) {
      count += 1;
      return createUser(url, `${prefix}${count}`);
    },
    /** A room name that is used only once. */
    roomName(prefix: string) {
      count += 1;
      return `${prefix}${count}`;
    },
  };
}

/** Registers a user, with an API client and a function that opens a browser logged in as that user. */
async function createUser(url: string, username: string, email = `${username}@example.com`) {
  const password = passwordOf(username);
  const anonymous = createMirageClient({ url });
  await anonymous.auth.register.mutate({ username, email, password });
  const { token } = await anonymous.auth.login.mutate({ username, password });
  return {
    username,
    client: createMirageClient({ url, token }),
    token,
    /** `at`: the address of a proxy in front of the server. */
    async open(hash = '', { at = url, ...options }: BrowserContextOptions & { at?: string } = {}) {
      // A session of its own, as after logging in with the form.
      const { token: cookie } = await anonymous.auth.login.mutate({
        username,
        password,
        device: 'Chrome on Linux',
      });
      return visit(`${at}/${hash}`, { ...options, storageState: loggedIn(at, username, cookie) });
    },
  };
}

/** What a browser holds after logging in. */
function loggedIn(url: string, username: string, token: string) {
  const { hostname, origin } = new URL(url);
  return {
    cookies: [
      {
        name: 'mirage_session',
        value: token,
        domain: hostname,
        path: '/trpc',
        expires: -1,
        httpOnly: true,
        secure: false,
        sameSite: 'Strict' as const,
      },
    ],
    origins: [{ origin, localStorage: [{ name: 'mirage.user', value: username }] }],
  };
}
