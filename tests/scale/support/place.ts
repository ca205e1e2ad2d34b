import { onTestFinished } from 'vitest';
import { loadConfig } from '../../../src/server/core/config.ts';
import { filesFolder, freshPrefix, redisUrl } from './services.ts';
import { takeSchema } from './used-schemas.ts';

/** What a Mirage is set to that has both services and a folder for files, and shares them with no other. The tables exist, and are empty. */
export async function placeOfItsOwn() {
  const { url, giveBack } = await takeSchema();
  onTestFinished(giveBack);
  return {
    databaseUrl: url,
    databasePool: 4,
    redis: { url: redisUrl, prefix: freshPrefix() },
    files: loadConfig({ FILES_URL: filesFolder() }).files,
  };
}
