const firstMs = 500;
const longestMs = 30_000;

/**
 * How long to wait before the attempt with this index, from 0: twice as long each time, and by chance shorter, so that
 * the clients of a server that was away do not all come back at the same moment.
 */
export function backoffMs(attempt: number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** attempt);
  return ceiling * (0.5 + Math.random() / 2);
}
