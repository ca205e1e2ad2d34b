import { onTestFinished } from 'vitest';
import { createMirageClient } from '../../../src/client/index.ts';
import { openServer } from '../../../src/server/app/open-server.ts';
import { type Config, loadConfig } from '../../../src/server/core/config.ts';
import { createLogger } from '../../../src/server/core/logger.ts';
import { tokenOf } from '../../support/token-of.ts';
import { placeOfItsOwn } from './place.ts';

/** Several servers in this process, with nothing in common but their Postgres and their Redis. */
export async function startCluster(settings: Partial<Config>[] = [{}, {}]) {
  const place = await placeOfItsOwn();
  const servers = await Promise.all(
    settings.map(async (own) => {
      const config = { ...loadConfig({ PORT: '0', RATE_LIMIT: 'off' }), ...place, ...own };
      const opening = openServer(config, { log: createLogger('silent') });
      // Of one that is still starting when another has failed, too.
      onTestFinished(() =>
        opening.then(
          (server) => server.close(),
          () => {},
        ),
      );
      return opening;
    }),
  );

  const api = (node: number, token?: string) =>
    createMirageClient({ url: urlOf(node), ...(token !== undefined && { token }) });

  function urlOf(node: number): string {
    const server = servers[node];
    if (!server) throw new Error(`there is no server ${node}`);
    return server.url;
  }

  /** Registers at the first server and logs in there; the token is good at all. */
  async function user(username: string) {
    const password = `password of ${username}`;
    await api(0).auth.register.mutate({ username, email: `${username}@example.com`, password });
    const token = await tokenOf(api(0).auth.login.mutate({ username, password }));
    return { username, password, token, at: (node: number) => api(node, token) };
  }

  return { servers, place, api, user, urlOf };
}
