import { pino } from 'pino';
import type { Config } from './config.ts';

/** A logger of pino. */
export type Logger = pino.Logger;

/** One JSON object a line on standard output. Tokens, passwords and texts of messages are never handed to it. */
export function createLogger(level: Config['logLevel']): Logger {
  return pino({
    level,
    base: null,
    // A second fence: if headers are ever logged, these stay out.
    redact: ['headers.authorization', '*.headers.authorization', 'headers.cookie', '*.headers.cookie'],
  });
}
