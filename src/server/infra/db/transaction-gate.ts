/**
 * Closed while a transaction is open. Another waiter may close it again first, so wait in a loop, and do not await
 * anything between the loop and the statement: `while (gate.isClosed) await gate.opened()`.
 */
export interface TransactionGate {
  readonly isClosed: boolean;
  /** Resolves when the current transaction has ended. */
  opened(): Promise<void>;
  /** Returns the function that opens the gate again. */
  close(): () => void;
}

export function createTransactionGate(): TransactionGate {
  let closing: Promise<void> | undefined;
  return {
    get isClosed() {
      return closing !== undefined;
    },
    async opened() {
      await closing;
    },
    close() {
      let end = () => {};
      const own = new Promise<void>((resolve) => {
        end = resolve;
      });
      closing = own;
      return () => {
        if (closing === own) closing = undefined;
        end();
      };
    },
  };
}
