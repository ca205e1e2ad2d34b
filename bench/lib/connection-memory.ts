import type { Child } from './process.ts';

/** KB of RSS per connection, before and after a garbage collection. */
export interface Reading {
  asIs: number;
  collected: number;
}

/** Reads how much a server, started with --expose-gc, has grown since now for each of its new connections. */
export async function memoryReader(server: Child): Promise<(connections: number) => Promise<Reading>> {
  const rss = async () => (await server.usage()).rssBytes;
  await server.call('collectGarbage');
  const before = await rss();
  return async (connections) => {
    const each = async () => ((await rss()) - before) / 1024 / connections;
    const asIs = await each();
    await server.call('collectGarbage');
    return { asIs, collected: await each() };
  };
}
