/** How often the server rechecks whether subscribers still have access. */
export const recheckAccessMs = 30_000;

/** Connections are pinged this often; one that has not answered by the next ping is dead. */
export const pingMs = 15_000;

/** SSE clients reconnect after this long without data: more than two pings, as one may be late. */
export const silenceMs = 40_000;
