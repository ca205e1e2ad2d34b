import type { Stopwatch } from '../../core/clock.ts';
import { ConfigError } from '../../core/config.ts';
import type { Logger } from '../../core/logger.ts';
import { lruCache } from '../../core/lru-cache.ts';
import { unavailable } from '../db/unavailable.ts';
import { createBoundedQueue } from '../limits/bounded-queue.ts';
import { recheckMs } from '../stores/access-cache.ts';
import type { Authenticate, HostOptions, HostUser } from './authenticate.ts';
import { parseHostUser } from './host-user.ts';

/** The timeout of `authenticate`. */
export const answerMs = 5000;
/** How long a rejected token stays rejected without calling `authenticate` again. */
export const refusedMs = 5000;
const maxTokenLength = 8192;

/** The host application, and a cache of what its `authenticate` function returned. */
export interface Host {
  /** Whether users can register here, independently of the host application. */
  readonly ownAccounts: boolean;
  readonly adoptAccounts: boolean;
  /**
   * Resolves a token to its user; `stranger` means that the token has not been seen before. Throws 'UNAVAILABLE' if the
   * host fails or times out, 'MANAGED_BY_HOST' if it returns an invalid user, and 'TOO_MANY_REQUESTS' if too many
   * strangers are waiting.
   */
  ask(token: string, from: 'stranger' | 'user'): Promise<HostUser | undefined>;
  /** Runs a job once per key at a time; concurrent callers share its result. */
  once<Result>(key: string, job: () => Promise<Result>): Promise<Result>;

  /** Records that the host confirmed the token of a session when asked at `askedAtMs` (monotonic). */
  vouched(sessionId: number, token: string, askedAtMs: number): void;
  /** Whether the host confirmed the session's token recently. */
  isVouchedFor(sessionId: number): boolean;
  /** The token of a session that this process has seen. */
  tokenOf(sessionId: number): string | undefined;
  refuse(tokenHash: string): void;
  wasRefused(tokenHash: string): boolean;

  /** Records that the host ended the sessions that the key stands for. */
  ended(key: string): void;
  /** Increases with each recorded end. */
  readonly ends: number;
  hasEndedSince(ends: number, keys: readonly string[]): boolean;
}

export function createHost(
  { authenticate, ownAccounts = false, adoptAccounts = false }: HostOptions & { authenticate: Authenticate },
  { stopwatch, log }: { stopwatch: Stopwatch; log: Logger },
): Host {
  if (ownAccounts && adoptAccounts)
    throw new ConfigError('ownAccounts and adoptAccounts cannot both be set: accounts could be hijacked');
  // Separate queues, so that token guessing does not delay known users.
  const queues = {
    stranger: createBoundedQueue({ running: 32, waiting: 1024, retryAfterMs: 1000 }),
    user: createBoundedQueue({ running: 32, waiting: Number.POSITIVE_INFINITY, retryAfterMs: 0 }),
  };
  const inFlight = new Map<string, Promise<unknown>>();
  // As many as the access cache holds. The host is asked again about evicted sessions.
  const sessions = lruCache<number, { token: string; askedAtMs: number }>(100_000);
  const refused = lruCache<string, number>(10_000);
  const endings = lruCache<string, number>(10_000);
  let ends = 0;

  async function answerTo(token: string): Promise<unknown> {
    const signal = AbortSignal.timeout(answerMs);
    let giveUp: (() => void) | undefined;
    const late = new Promise<never>((_, reject) => {
      giveUp = () => reject(new Error(`no answer within ${answerMs} ms`));
      signal.addEventListener('abort', giveUp, { once: true });
    });
    try {
      return await Promise.race([authenticate(token, { signal }), late]);
    } catch (error) {
      log.error({ reason: withoutToken(error, token) }, 'authenticate failed');
      throw unavailable();
    } finally {
      if (giveUp) signal.removeEventListener('abort', giveUp);
    }
  }

  return {
    ownAccounts,
    adoptAccounts,

    async ask(token, from) {
      if (token === '' || token.length > maxTokenLength) return undefined;
      const answer = await queues[from].run(() => answerTo(token));
      return answer === null || answer === undefined ? undefined : parseHostUser(answer, log);
    },

    once<Result>(key: string, job: () => Promise<Result>) {
      const running = inFlight.get(key) ?? job().finally(() => inFlight.delete(key));
      inFlight.set(key, running);
      return running as Promise<Result>; // safe: each key stands for one kind of job
    },

    vouched: (sessionId, token, askedAtMs) => void sessions.set(sessionId, { token, askedAtMs }),
    isVouchedFor(sessionId) {
      const session = sessions.get(sessionId);
      return session !== undefined && stopwatch() - session.askedAtMs < recheckMs;
    },
    tokenOf: (sessionId) => sessions.get(sessionId)?.token,

    refuse: (tokenHash) => void refused.set(tokenHash, stopwatch()),
    wasRefused: (tokenHash) => stopwatch() - (refused.get(tokenHash) ?? Number.NEGATIVE_INFINITY) < refusedMs,

    ended(key) {
      ends += 1;
      endings.set(key, ends);
    },
    get ends() {
      return ends;
    },
    hasEndedSince: (before, keys) => keys.some((key) => (endings.get(key) ?? 0) > before),
  };
}

/** The host's error for the log, without the token: libraries often quote a token that they could not parse. */
function withoutToken(error: unknown, token: string): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.replaceAll(token, '(token)');
}
