import { once } from 'node:events';
import { type Config, loadConfig, withoutSecrets } from './config.ts';
import { openServer } from './open-server.ts';
import { flushSpans } from './tracing.ts';

/** The server as a process: until it is told to stop, and has. */
export async function serve(config: Config = loadConfig()): Promise<void> {
  const { url, deps, close } = await openServer(config);
  deps.log.info({ url, database: withoutSecrets(config.databaseUrl) }, `mirage listens on ${url}`);

  const signal = await Promise.race(
    ['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => name)),
  );
  deps.log.info({ signal }, 'mirage stops');
  await close();
  await flushSpans();
}
