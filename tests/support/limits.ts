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

/** Limits count in the time of the world, so it is the world's clock that is moved. */
export function advanceWorldClock(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
  onTestFinished(() => void vi.useRealTimers());
}
