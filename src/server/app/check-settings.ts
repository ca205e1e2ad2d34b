import { once } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { type Config, ConfigError } from '../core/config.ts';

/**
 * Checks the settings that depend on this machine, before a database is created or migrated.
 * @throws {@link ConfigError}
 */
export function checkFiles({ roomMessagesSnapshot: file, redis }: Config): void {
  if (file === undefined || redis) return;
  const refuse = (problem: string) => new ConfigError(`ROOM_MESSAGES_SNAPSHOT must be ${problem}`);
  try {
    accessSync(dirname(file), constants.W_OK | constants.X_OK);
  } catch {
    throw refuse('in a folder that exists and can be written');
  }
  const present = statSync(file, { throwIfNoEntry: false });
  if (present && !present.isFile()) throw refuse('the path of a file');
}

/** Checks that the address can be listened on. Rejects with a {@link ConfigError}, or with the system's error. */
export async function checkAddress({ host, port }: Pick<Config, 'host' | 'port'>): Promise<void> {
  const probe = createServer().listen({ host, port, exclusive: true });
  try {
    await once(probe, 'listening');
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException; // safe: what a server reports
    if (syscall === 'getaddrinfo' || code === 'EADDRNOTAVAIL')
      throw new ConfigError(`HOST must be an address of this machine (${code} ${host})`);
    throw error;
  }
  probe.close();
  await once(probe, 'close');
}
