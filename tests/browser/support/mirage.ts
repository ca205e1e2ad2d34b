import type { BrowserContextOptions } from 'playwright-core';
import { createMirageClient } from '../../../src/client/index.ts';
import { built, spawnMirage } from '../../support/process.ts';
import { logIn, passwordOf } from './app.ts';
import { visit } from './browser.ts';

/** The built Mirage as a process of its own. */
export async function startBuilt(env: Record<string, string> = {}) {
  const { url: whenListening } = await spawnMirage({ RATE_LIMIT: 'off', ...env }, undefined, {
    program: built,
  });
  const url = await whenListening();

  /** Somebody with an account, who can act without a browser, and open some. */
  async function user(username: string, email = `${username}@example.com`) {
    const password = passwordOf(username);
    const anybody = createMirageClient({ url });
    await anybody.auth.register.mutate({ username, email, password });
    const { token } = await anybody.auth.login.mutate({ username, password });
    return {
      client: createMirageClient({ url, token }),
      token,
      async open(hash = '', options: BrowserContextOptions & { at?: string } = {}) {
        const { at = url, ...context } = options;
        const visitor = await visit(`${at}/${hash}`, context);
        await logIn(visitor.page, username);
        await visitor.page.getByRole('heading', { name: 'Welcome back' }).waitFor({ state: 'detached' });
        return visitor;
      },
    };
  }

  return { url, user };
}
