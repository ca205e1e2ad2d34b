import { isDatabaseFile } from '../../infra/db/database-file.ts';
import type { Deps } from './deps.ts';

/**
 * Holds an account until the transaction ends: whatever else holds it, or starts a session of it, comes before or after. On SQLite the
 * transaction becomes the one that writes.
 */
export async function holdAccount(
  tx: Pick<Deps['db'], '$executeRaw' | '$queryRaw'>,
  { config }: Pick<Deps, 'config'>,
  username: string,
): Promise<void> {
  if (isDatabaseFile(config.databaseUrl))
    await tx.$executeRaw`UPDATE users SET from_host = from_host WHERE username = ${username}`;
  else await tx.$queryRaw`SELECT id FROM users WHERE username = ${username} FOR UPDATE`;
}
