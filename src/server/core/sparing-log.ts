import type { Logger } from './logger.ts';

const intervalMs = 10_000;

interface Repeated {
  loggedAt: number;
  suppressed: number;
}

const repeated = new WeakMap<Logger, Map<string, Repeated>>();

/**
 * For problems that every request reports while they last, such as a full disk: each message is logged at most once in
 * ten seconds, with the number of times that it was left out since.
 */
export function sparingLog(logger: Logger): Pick<Logger, 'warn' | 'error'> {
  const write = (level: 'warn' | 'error') => (facts: object, message: string) => {
    const messages = repeated.get(logger) ?? new Map<string, Repeated>();
    repeated.set(logger, messages);
    const now = performance.now();
    const last = messages.get(message);
    if (last && now - last.loggedAt < intervalMs) {
      last.suppressed += 1;
      return;
    }
    messages.set(message, { loggedAt: now, suppressed: 0 });
    logger[level]({ ...facts, ...(last?.suppressed && { suppressed: last.suppressed }) }, message);
  };
  return { warn: write('warn'), error: write('error') } as Pick<Logger, 'warn' | 'error'>; // safe: called with facts and a message only
}
