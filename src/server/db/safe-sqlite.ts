import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';

/** Write-ahead log, and on disk before it is acknowledged: what was answered survives a power cut. */
const pragmas = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;';

/**
 * Prisma's better-sqlite3 adapter, with its transactions made safe. The adapter has one connection, and lets any
 * query in while a transaction is open on it: such a query would run inside a stranger's transaction and be rolled
 * back with it, although it was acknowledged. Here everything else waits until the transaction has ended.
 */
export class SafeSqlite implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'sqlite';
  readonly adapterName = '@prisma/adapter-better-sqlite3';
  readonly #stock: PrismaBetterSqlite3;

  constructor(url: string) {
    // While it waits for another process the event loop stands still, so it must not wait long.
    this.#stock = new PrismaBetterSqlite3({ url, timeout: 2000 });
  }

  connectToShadowDb() {
    return this.#stock.connectToShadowDb();
  }

  async connect(): Promise<SqlDriverAdapter> {
    const connection = await this.#stock.connect();
    await connection.executeScript(pragmas);
    return serializeTransactions(connection);
  }
}

function serializeTransactions(connection: SqlDriverAdapter): SqlDriverAdapter {
  let transaction: Promise<void> | undefined;

  // A loop, because of all who wait for a transaction to end one may already have opened the next.
  async function outsideTransactions() {
    while (transaction) await transaction;
  }

  function open(): () => void {
    const { promise, resolve } = withResolvers();
    transaction = promise;
    return () => {
      if (transaction === promise) transaction = undefined;
      resolve();
    };
  }

  const queryRaw = connection.queryRaw.bind(connection);
  const executeRaw = connection.executeRaw.bind(connection);
  const executeScript = connection.executeScript.bind(connection);
  const startTransaction = connection.startTransaction.bind(connection);

  return Object.assign(connection, {
    queryRaw: async (query: Parameters<typeof queryRaw>[0]) => {
      await outsideTransactions();
      return queryRaw(query);
    },
    executeRaw: async (query: Parameters<typeof executeRaw>[0]) => {
      await outsideTransactions();
      return executeRaw(query);
    },
    executeScript: async (script: string) => {
      await outsideTransactions();
      return executeScript(script);
    },
    startTransaction: async (level?: Parameters<typeof startTransaction>[0]) => {
      await outsideTransactions();
      const close = open();
      try {
        const running = await startTransaction(level);
        const commit = running.commit.bind(running);
        const rollback = running.rollback.bind(running);
        return Object.assign(running, {
          commit: () => commit().finally(close),
          rollback: () => rollback().finally(close),
        });
      } catch (error) {
        close();
        throw error;
      }
    },
  });
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
