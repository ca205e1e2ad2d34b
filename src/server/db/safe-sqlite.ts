import { setTimeout as wait } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { type FailureListener, isBusy, unavailableOr } from './unavailable.ts';

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
  readonly #onFailure: FailureListener;

  constructor(url: string, onFailure: FailureListener = () => {}) {
    // While it waits for another process the event loop stands still, so it is we who wait.
    this.#stock = new PrismaBetterSqlite3({ url, timeout: 0 });
    this.#onFailure = onFailure;
  }

  connectToShadowDb() {
    return this.#stock.connectToShadowDb();
  }

  async connect(): Promise<SqlDriverAdapter> {
    const connection = await this.#stock.connect();
    await patiently(() => connection.executeScript(pragmas), this.#onFailure);
    return serializeTransactions(connection, this.#onFailure);
  }
}

/** How long a statement waits for another process that writes, and how often it looks. */
const patienceMs = 2000;
const lookMs = 50;

/**
 * Runs a statement, again and again while another process is writing. What the disk or such a process is to blame for is
 * told apart from what the statement is.
 */
async function patiently<Result>(run: () => Promise<Result>, onFailure: FailureListener): Promise<Result> {
  for (let waited = 0; ; waited += lookMs) {
    try {
      return await run();
    } catch (error) {
      if (!isBusy(error) || waited >= patienceMs) throw unavailableOr(error, onFailure);
    }
    await wait(lookMs);
  }
}

function serializeTransactions(connection: SqlDriverAdapter, onFailure: FailureListener): SqlDriverAdapter {
  /** One that stands alone. */
  const single = <Result>(run: () => Promise<Result>) =>
    patiently(async () => {
      await outsideTransactions();
      return run();
    }, onFailure);

  /** One of a transaction, which cannot be tried again by itself. */
  async function guard<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      throw unavailableOr(error, onFailure);
    }
  }

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
    queryRaw: (query: Parameters<typeof queryRaw>[0]) => single(() => queryRaw(query)),
    executeRaw: (query: Parameters<typeof executeRaw>[0]) => single(() => executeRaw(query)),
    executeScript: (script: string) => single(() => executeScript(script)),
    startTransaction: async (level?: Parameters<typeof startTransaction>[0]) => {
      await outsideTransactions();
      const close = open();
      try {
        const running = await guard(() => startTransaction(level));
        const query = running.queryRaw.bind(running);
        const execute = running.executeRaw.bind(running);
        const commit = running.commit.bind(running);
        const rollback = running.rollback.bind(running);
        return Object.assign(running, {
          queryRaw: (statement: Parameters<typeof query>[0]) => guard(() => query(statement)),
          executeRaw: (statement: Parameters<typeof execute>[0]) => guard(() => execute(statement)),
          commit: () => guard(commit).finally(close),
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
