import { once } from 'node:events';
import { type Config, loadConfig, withoutSecrets } from '../core/config.ts';
import { flushSpans } from '../core/tracing.ts';
import { openServer } from './open-server.ts';

/** Runs the server until SIGTERM or SIGINT, then shuts it down gracefully. */
export async function serve(config: Config = loadConfig()): Promise<void> {
  // Before it listens: whoever has read that it does may stop it at once.
  const stopped = Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => name)));
  const { url, deps, close } = await openServer(config);
  deps.log.info({ url, database: withoutSecrets(config.databaseUrl) }, `listening on ${url}`);

  const signal = await stopped;
  deps.log.info({ signal }, 'shutting down');
  await close();
  await flushSpans();
}
