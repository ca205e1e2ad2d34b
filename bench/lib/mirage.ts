import { type MirageServer, server } from './built.ts';

export interface MirageOptions {
  databasePath: string;
  /** Environment variables of the server. */
  environment?: Record<string, string>;
}

/** The built Mirage, listening, with rate limits off: the load would exceed them within a second. */
export function openMirage({ databasePath, environment }: MirageOptions): Promise<MirageServer> {
  const config = server.loadConfig({
    PORT: '0',
    DATABASE_URL: `file:${databasePath}`,
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'warn',
    ...environment,
  });
  return server.openServer(config);
}

export const portOf = ({ url }: MirageServer) => Number(new URL(url).port);
