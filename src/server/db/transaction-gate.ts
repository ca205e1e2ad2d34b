/**
 * Closed while a transaction is open. Whoever has waited for it must look again, and then go on without waiting for
 * anything else, as another who waited too may have closed it: `while (gate.isClosed) await gate.opened()`.
 */
export interface TransactionGate {
  readonly isClosed: boolean;
  /** Settles when the transaction that is open now has ended. */
  opened(): Promise<void>;
  /** Gives the function that opens it again. */
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
