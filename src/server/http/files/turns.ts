const waiting: (() => void)[] = [];
let isScheduled = false;

/**
 * Calls back when it is the caller's turn to take the next piece of an upload, one in each turn of the event loop: it takes some 0.1 ms to
 * hash and write a piece, and a message that arrives meanwhile does not wait for those of all uploads.
 */
export function waitForTurn(callback: () => void): void {
  waiting.push(callback);
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(takeTurn);
}

function takeTurn(): void {
  waiting.shift()?.();
  isScheduled = waiting.length > 0;
  if (isScheduled) setImmediate(takeTurn);
}
