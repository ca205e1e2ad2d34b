/** How often those who have subscriptions open are looked at for having lost their right to them. */
export const endsOfAccessMs = 30_000;

/** A quiet connection is pinged this often; one that has not answered by the next time is dead. */
export const pingMs = 15_000;

/** After this long without a word an SSE client reconnects; more than two pings, as one may be late. */
export const silenceMs = 40_000;
