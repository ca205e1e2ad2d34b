import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type {
  SqlDriverAdapter,
  SqlMigrationAwareDriverAdapterFactory,
  Transaction,
} from '@prisma/driver-adapter-utils';
import { guard, runAlone } from './run-alone.ts';
import type { TransactionGate } from './transaction-gate.ts';
import type { FailureListener } from './unavailable.ts';

/** SQLite would block the event loop while waiting for another process, so `runAlone` waits instead. */
export const lockTimeoutMs = 0;

/**
 * Commits are synced to disk before they are acknowledged, so they survive a power failure. The write-ahead log may grow
 * to 40 MB before a checkpoint, which makes commits a fifth cheaper. What is deleted is overwritten.
 */
export const pragmas =
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 10000; PRAGMA secure_delete = ON;';

/**
 * Prisma's better-sqlite3 adapter with isolated transactions. The adapter has one connection and runs every query on it,
 * even while a transaction is open: an unrelated query would become part of that transaction and could be rolled back
 * after it was acknowledged. Here, other queries wait until the transaction has ended.
 */
export class SafeSqlite implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'sqlite';
  readonly adapterName = '@prisma/adapter-better-sqlite3';
  readonly #stock: PrismaBetterSqlite3;
  readonly #gate: TransactionGate;
  readonly #onFailure: FailureListener;

  constructor(url: string, gate: TransactionGate, onFailure: FailureListener) {
    this.#stock = new PrismaBetterSqlite3({ url, timeout: lockTimeoutMs });
    this.#gate = gate;
    this.#onFailure = onFailure;
  }

  connectToShadowDb() {
    return this.#stock.connectToShadowDb();
  }

  async connect(): Promise<SqlDriverAdapter> {
    const connection = await this.#stock.connect();
    await runAlone(() => connection.executeScript(pragmas), this.#gate, this.#onFailure);
    return serializeTransactions(connection, this.#gate, this.#onFailure);
  }
}

function serializeTransactions(
  connection: SqlDriverAdapter,
  gate: TransactionGate,
  onFailure: FailureListener,
): SqlDriverAdapter {
  const queryRaw = connection.queryRaw.bind(connection);
  const executeRaw = connection.executeRaw.bind(connection);
  const executeScript = connection.executeScript.bind(connection);
  const startTransaction = connection.startTransaction.bind(connection);
  const alone = <Result>(run: () => Promise<Result>) => runAlone(run, gate, onFailure);

  return Object.assign(connection, {
    queryRaw: (query: Parameters<typeof queryRaw>[0]) => alone(() => queryRaw(query)),
    executeRaw: (query: Parameters<typeof executeRaw>[0]) => alone(() => executeRaw(query)),
    executeScript: (script: string) => alone(() => executeScript(script)),
    startTransaction: (level?: Parameters<typeof startTransaction>[0]) =>
      alone(async () => {
        const open = gate.close();
        try {
          const running = await startTransaction(level);
          const query = running.queryRaw.bind(running);
          const execute = running.executeRaw.bind(running);
          const commit = running.commit.bind(running);
          const rollback = running.rollback.bind(running);
          await lockForWriting(running);
          return Object.assign(running, {
            queryRaw: (statement: Parameters<typeof query>[0]) => guard(() => query(statement), onFailure),
            executeRaw: (statement: Parameters<typeof execute>[0]) =>
              guard(() => execute(statement), onFailure),
            commit: () => guard(commit, onFailure).finally(open),
            rollback: () => rollback().finally(open),
          });
        } catch (error) {
          open();
          throw error;
        }
      }),
  });
}

/**
 * The adapter begins without a lock, and the first write takes it. If another process is writing then, that write fails, and the
 * transaction with it. Nothing is lost by beginning again with the lock, which can be waited for.
 */
async function lockForWriting(transaction: Transaction): Promise<void> {
  const execute = (sql: string) => transaction.executeRaw({ sql, args: [], argTypes: [] });
  await execute('ROLLBACK');
  try {
    await execute('BEGIN IMMEDIATE');
  } catch (error) {
    await transaction.rollback(); // only tells the adapter that it has ended
    throw error;
  }
}
