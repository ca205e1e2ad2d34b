import { type MirageServer, server } from './built.ts';

export interface MirageOptions {
  databasePath: string;
  /** Environment variables of the server. */
  environment?: Record<string, string>;
}

/** The settings of a server that stores everything in this file and beside it. */
export const storedIn = (databasePath: string) => ({
  DATABASE_URL: `file:${databasePath}`,
  FILES_URL: `file:${databasePath}.files`,
});

/** The built Mirage, listening, with rate limits off: the load would exceed them within a second. */
export function openMirage({ databasePath, environment }: MirageOptions): Promise<MirageServer> {
  const config = server.loadConfig({
    PORT: '0',
    ...storedIn(databasePath),
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'warn',
    ...environment,
  });
  return server.openServer(config);
}

export const portOf = ({ url }: MirageServer) => Number(new URL(url).port);
