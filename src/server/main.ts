import { once } from 'node:events';
import { ConfigError, loadConfig, withoutSecrets } from './config.ts';
import { DatabaseError } from './db/database-error.ts';
import { openServer } from './open-server.ts';

async function main() {
  const config = loadConfig();
  const { url, deps, close } = await openServer(config);
  deps.log.info({ url, database: withoutSecrets(config.databaseUrl) }, `mirage listens on ${url}`);

  const signal = await Promise.race(
    ['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => name)),
  );
  deps.log.info({ signal }, 'mirage stops');
  await close();
}

main().then(
  () => process.exit(0),
  (error: NodeJS.ErrnoException) => {
    // One line for what an operator can mend; the rest is ours to mend, and we need the trace.
    const expected =
      error instanceof ConfigError || error instanceof DatabaseError || error.syscall !== undefined;
    console.error(expected ? `mirage: ${error.message}` : error);
    process.exit(1);
  },
);
