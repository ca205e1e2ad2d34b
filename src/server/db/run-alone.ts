import { setTimeout as wait } from 'node:timers/promises';
import type { TransactionGate } from './transaction-gate.ts';
import { type FailureListener, isBusy, unavailableOr } from './unavailable.ts';

/** How long a statement waits for another process that writes, and how often it looks. */
const patienceMs = 2000;
const lookMs = 50;

/** Runs a statement. What the disk or another process is to blame for is told apart from what the statement is. */
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

/** Likewise, for one outside of all transactions: it waits for those to end, and can be tried again. */
export async function runAlone<Result>(
  run: () => Result | Promise<Result>,
  gate: TransactionGate,
  onFailure: FailureListener,
): Promise<Result> {
  for (let waited = 0; ; waited += lookMs) {
    while (gate.isClosed) await gate.opened();
    try {
      return await run();
    } catch (error) {
      if (!isBusy(error) || waited >= patienceMs) throw unavailableOr(error, onFailure);
    }
    await wait(lookMs);
  }
}
