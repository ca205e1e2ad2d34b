import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { TransactionGate } from './transaction-gate.ts';

/** How long to wait for another process. The event loop stands still meanwhile, so it must not be long. */
export const lockTimeoutMs = 2000;

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

  constructor(url: string, gate: TransactionGate) {
    this.#stock = new PrismaBetterSqlite3({ url, timeout: lockTimeoutMs });
    this.#gate = gate;
  }

  connectToShadowDb() {
    return this.#stock.connectToShadowDb();
  }

  async connect(): Promise<SqlDriverAdapter> {
    const connection = await this.#stock.connect();
    await connection.executeScript(pragmas);
    return serializeTransactions(connection, this.#gate);
  }
}

function serializeTransactions(connection: SqlDriverAdapter, gate: TransactionGate): SqlDriverAdapter {
  const queryRaw = connection.queryRaw.bind(connection);
  const executeRaw = connection.executeRaw.bind(connection);
  const executeScript = connection.executeScript.bind(connection);
  const startTransaction = connection.startTransaction.bind(connection);

  return Object.assign(connection, {
    queryRaw: async (query: Parameters<typeof queryRaw>[0]) => {
      while (gate.isClosed) await gate.opened();
      return queryRaw(query);
    },
    executeRaw: async (query: Parameters<typeof executeRaw>[0]) => {
      while (gate.isClosed) await gate.opened();
      return executeRaw(query);
    },
    executeScript: async (script: string) => {
      while (gate.isClosed) await gate.opened();
      return executeScript(script);
    },
    startTransaction: async (level?: Parameters<typeof startTransaction>[0]) => {
      while (gate.isClosed) await gate.opened();
      const open = gate.close();
      try {
        const running = await startTransaction(level);
        const commit = running.commit.bind(running);
        const rollback = running.rollback.bind(running);
        return Object.assign(running, {
          commit: () => commit().finally(open),
          rollback: () => rollback().finally(open),
        });
      } catch (error) {
        open();
        throw error;
      }
    },
  });
}
