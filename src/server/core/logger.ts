import { pino } from 'pino';
import type { Config } from './config.ts';

/** A logger of pino. */
export type Logger = pino.Logger;

/** Writes one JSON object per line to standard output. Callers never log tokens, passwords or message texts. */
export function createLogger(level: Config['logLevel']): Logger {
  return pino({
    level,
    base: null,
    // Defense in depth, in case headers are ever logged.
    redact: ['headers.authorization', '*.headers.authorization', 'headers.cookie', '*.headers.cookie'],
  });
}
