import { setTimeout as wait } from 'node:timers/promises';
import type { TransactionGate } from './transaction-gate.ts';
import { type FailureListener, isBusy, unavailableOr } from './unavailable.ts';

/** How long a statement retries while another process is writing, and at which interval. */
const busyTimeoutMs = 2000;
const retryMs = 50;

/** Runs a statement. Failures caused by the disk or another process are thrown as DatabaseUnavailable. */
export async function guard<Result>(
  run: () => Result | Promise<Result>,
  onFailure: FailureListener,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw unavailableOr(error, onFailure);
  }
}

/** As `guard`, and retries while another process keeps the file busy: not for statements within a transaction. */
export async function patiently<Result>(
  run: () => Result | Promise<Result>,
  onFailure: FailureListener,
): Promise<Result> {
  for (let waited = 0; ; waited += retryMs) {
    try {
      return await run();
    } catch (error) {
      if (!isBusy(error) || waited >= busyTimeoutMs) throw unavailableOr(error, onFailure);
    }
    await wait(retryMs);
  }
}

/** As `patiently`, for what must not become part of a transaction: waits until none is open. */
export const runAlone = <Result>(
  run: () => Result | Promise<Result>,
  gate: TransactionGate,
  onFailure: FailureListener,
): Promise<Result> =>
  patiently(async () => {
    while (gate.isClosed) await gate.opened();
    return run();
  }, onFailure);
