import { TRPCClientError } from '@trpc/client';
import { expect, onTestFinished, vi } from 'vitest';

export const times = <T>(count: number, call: (index: number) => Promise<T>) =>
  Array.from({ length: count }, (_, index) => call(index));

/** The seconds of the Retry-After header of a call refused for coming too often. */
export async function retryAfter(call: Promise<unknown>): Promise<number> {
  const error = await call.catch((reason: unknown) => reason);
  if (!(error instanceof TRPCClientError)) return expect.fail('the call went well');
  expect(error).toMatchObject({ data: { reason: 'TOO_MANY_REQUESTS', httpStatus: 429 } });
  const { response } = error.meta as { response: Response }; // safe: what httpBatchLink puts there
  return Number(response.headers.get('retry-after'));
}

const monotonicNow = performance.now.bind(performance);
let advanced = 0;

/** Limits go by a monotonic clock, which no fake clock replaces. */
export function advanceMonotonicClock(ms: number): void {
  advanced += ms;
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => monotonicNow() + advanced);
  onTestFinished(() => {
    advanced = 0;
    spy.mockRestore();
  });
}
