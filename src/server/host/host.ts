import { LRUCache } from 'lru-cache';
import { recheckMs } from '../access-cache.ts';
import type { Clock } from '../clock.ts';
import { ConfigError } from '../config.ts';
import { unavailable } from '../db/unavailable.ts';
import { createBoundedQueue } from '../limits/bounded-queue.ts';
import type { Logger } from '../logger.ts';
import type { Authenticate, HostOptions, HostUser } from './authenticate.ts';
import { parseHostUser } from './host-user.ts';

/** How long the host may take to say who somebody is. */
export const answerMs = 5000;
/** How long a token that was refused is refused without asking again. */
export const refusedMs = 5000;
const maxTokenLength = 8192;

/** The program that Mirage is part of, and what it has said of its users' tokens lately. */
export interface Host {
  /** Whether people may have accounts here that are not the host's. */
  readonly ownAccounts: boolean;
  readonly adoptAccounts: boolean;
  /**
   * Asks whose token it is; `stranger` says that it has not been seen before. Throws 'UNAVAILABLE' when the host cannot
   * say, 'MANAGED_BY_HOST' when what it says is not usable, and 'TOO_MANY_REQUESTS' when too many strangers wait.
   */
  ask(token: string, from: 'stranger' | 'user'): Promise<HostUser | undefined>;
  /** Does for a key once what several want at a time. */
  once<Result>(key: string, job: () => Promise<Result>): Promise<Result>;

  /** Notes that it has been vouched for the token of a session, as of when it was asked. */
  vouched(sessionId: number, token: string, askedAtMs: number): void;
  isVouchedFor(sessionId: number): boolean;
  /** Of those that were vouched for in this process. */
  tokenOf(sessionId: number): string | undefined;
  refuse(tokenHash: string): void;
  wasRefused(tokenHash: string): boolean;

  /** Notes that the host has ended what the key stands for. */
  ended(key: string): void;
  /** Changes with each such end. */
  readonly ends: number;
  hasEndedSince(ends: number, keys: readonly string[]): boolean;
}

export function createHost(
  { authenticate, ownAccounts = false, adoptAccounts = false }: HostOptions & { authenticate: Authenticate },
  { clock, log }: { clock: Clock; log: Logger },
): Host {
  if (ownAccounts && adoptAccounts)
    throw new ConfigError('ownAccounts and adoptAccounts cannot both be set: names would be free to take');
  // Guessers must not keep those waiting whom the host knows.
  const queues = {
    stranger: createBoundedQueue({ running: 32, waiting: 1024, retryAfterMs: 1000 }),
    user: createBoundedQueue({ running: 32, waiting: Number.POSITIVE_INFINITY, retryAfterMs: 0 }),
  };
  const underWay = new Map<string, Promise<unknown>>();
  // As many as the access cache holds. Whoever falls out is asked about again.
  const sessions = new LRUCache<number, { token: string; askedAtMs: number }>({ max: 100_000 });
  const refused = new LRUCache<string, number>({ max: 10_000 });
  const endings = new LRUCache<string, number>({ max: 10_000 });
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
      log.error({ reason: withoutToken(error, token) }, 'the host cannot say whose token it is');
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
      const running = underWay.get(key) ?? job().finally(() => underWay.delete(key));
      underWay.set(key, running);
      return running as Promise<Result>; // safe: a key stands for one job
    },

    vouched: (sessionId, token, askedAtMs) => void sessions.set(sessionId, { token, askedAtMs }),
    isVouchedFor(sessionId) {
      const session = sessions.get(sessionId);
      return session !== undefined && clock() - session.askedAtMs < recheckMs;
    },
    tokenOf: (sessionId) => sessions.get(sessionId)?.token,

    refuse: (tokenHash) => void refused.set(tokenHash, clock()),
    wasRefused: (tokenHash) => clock() - (refused.get(tokenHash) ?? Number.NEGATIVE_INFINITY) < refusedMs,

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

/** What the host has thrown, for the log: libraries like to quote the token that they could not read. */
function withoutToken(error: unknown, token: string): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.replaceAll(token, '(token)');
}
