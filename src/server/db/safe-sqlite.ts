import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { guard, runAlone } from './run-alone.ts';
import type { TransactionGate } from './transaction-gate.ts';
import type { FailureListener } from './unavailable.ts';

/** While SQLite waits for another process the event loop stands still, so it is we who wait. */
export const lockTimeoutMs = 0;

/**
 * Write-ahead log, and on disk before it is acknowledged: what was answered survives a power cut. The log may grow to
 * 40 MB before it is copied into the database, which makes a commit a fifth cheaper.
 */
export const pragmas =
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 10000;';

/**
 * Prisma's better-sqlite3 adapter, with its transactions made safe. The adapter has one connection, and lets any
 * query in while a transaction is open on it: such a query would run inside a stranger's transaction and be rolled
 * back with it, although it was acknowledged. Here everything else waits until the transaction has ended.
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
    startTransaction: async (level?: Parameters<typeof startTransaction>[0]) => {
      while (gate.isClosed) await gate.opened();
      const open = gate.close();
      try {
        const running = await guard(() => startTransaction(level), onFailure);
        const query = running.queryRaw.bind(running);
        const execute = running.executeRaw.bind(running);
        const commit = running.commit.bind(running);
        const rollback = running.rollback.bind(running);
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
    },
  });
}
