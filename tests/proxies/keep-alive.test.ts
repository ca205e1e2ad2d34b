import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { defaultKeepAliveTimeoutMs } from '../../src/server/http/http-server.ts';
import { openFront } from '../support/dispatcher.ts';
import { startMirage } from '../support/harness.ts';
import { proxies, startReverseProxy } from './support/proxy.ts';

/** Node's default: connections were closed after this, often just when a proxy reused one. */
const formerTimeoutMs = 5000;

it('proxies reuse idle connections without errors', async () => {
  const { deps } = await startMirage({ trustedProxies: 1 });
  const running = await Promise.all(
    proxies.map(async (name) => {
      const { server, url: upstream } = await openFront(deps, {
        keepAliveTimeout: defaultKeepAliveTimeoutMs,
      });
      let connections = 0;
      server.on('connection', () => {
        connections += 1;
      });
      const { url } = await startReverseProxy(name, { upstream });
      return { name, url, connections: () => connections };
    }),
  );

  async function ask(url: string): Promise<void> {
    for (let n = 0; n < 5; n += 1) expect((await fetch(`${url}/api/ping`)).status).toBe(200);
  }
  for (const { url } of running) await ask(url);
  const before = running.map(({ connections }) => connections());
  await setTimeout(formerTimeoutMs + 1500);
  for (const { url } of running) await ask(url);
  expect(running.map(({ name, connections }) => [name, connections()])).toEqual(
    running.map(({ name }, index) => [name, before[index]]),
  );
});
