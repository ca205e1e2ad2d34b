import { lruCache } from '../../core/lru-cache.ts';

/** Clients reconnect with a backoff of up to 30 s, and more often than that through a bad network. */
const keptMs = 120_000;

/**
 * Counts for each user the subscriptions that ended with their connection. As many may be opened again, which is not
 * limited like opening new ones: a client that loses its connection would use up its limit otherwise.
 */
export class ResumeCredits {
  readonly #credits = lruCache<string, number>(10_000, { ttl: keptMs });
  readonly #perUser: number;

  constructor(perUser: number) {
    this.#perUser = perUser;
  }

  add(username: string): void {
    this.#credits.set(username, Math.min(this.#perUser, (this.#credits.get(username) ?? 0) + 1));
  }

  /** Returns whether there was one. */
  take(username: string): boolean {
    const credits = this.#credits.get(username) ?? 0;
    if (credits > 1) this.#credits.set(username, credits - 1);
    else this.#credits.delete(username);
    return credits > 0;
  }
}
