import type { Reason } from '../../src/client/index.ts';

/** What a refused call rejects with, for `toMatchObject`. */
export const refusal = (reason: Reason) => ({ name: 'TRPCClientError', data: { reason } });

/** The reasons with which calls were refused; a call that went well counts as 'ok'. */
export async function outcomes(calls: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((result) =>
    result.status === 'fulfilled' ? 'ok' : String(result.reason.data?.reason ?? result.reason),
  );
}

/** `{ ok: 1, USERNAME_TAKEN: 9 }` for ten calls of which one went well. */
export async function tally(calls: Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const outcome of await outcomes(calls)) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
