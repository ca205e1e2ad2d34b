import { AppError } from '../../core/errors.ts';
import type { Deps } from '../shared/deps.ts';

/** The longest and the shortest time for which a timer is set. */
const maxDelayMs = 24 * 60 * 60 * 1000;
const minDelayMs = 20;

interface Watched {
  timer: NodeJS.Timeout;
  subscriptions: number;
}

/**
 * Ends subscriptions when the access token they were opened with expires: sessions do not expire while they are subscribed,
 * and access tokens do. One timer for each token in use. Returns the function that stops it.
 */
export function watchExpiries({ hub, clock }: Pick<Deps, 'hub' | 'clock'>): () => void {
  const watched = new Map<number, Watched>();

  const wait = (id: number, expiresAtMs: number) =>
    setTimeout(
      () => check(id, expiresAtMs),
      Math.min(Math.max(expiresAtMs - clock(), minDelayMs), maxDelayMs),
    ).unref();

  function check(id: number, expiresAtMs: number): void {
    const token = watched.get(id);
    if (!token) return;
    if (clock() < expiresAtMs) token.timer = wait(id, expiresAtMs);
    else void hub.end({ sessionIds: [id] }, new AppError('UNAUTHORIZED'));
  }

  hub.onChange((_topic, { sessionId: id, expiresAtMs }, change) => {
    if (expiresAtMs === undefined) return;
    const token = watched.get(id) ?? { timer: wait(id, expiresAtMs), subscriptions: 0 };
    token.subscriptions += change === 'opened' ? 1 : -1;
    watched.set(id, token);
    if (token.subscriptions > 0) return;
    clearTimeout(token.timer);
    watched.delete(id);
  });
  return () => {
    for (const { timer } of watched.values()) clearTimeout(timer);
    watched.clear();
  };
}
