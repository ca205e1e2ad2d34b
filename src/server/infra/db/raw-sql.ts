import type { Prisma } from './generated/sqlite/client.ts';

/** Runs statements one by one. */
export interface Statements {
  /** Rows are returned as by the driver: times may be text, and truth values and large numbers may be numbers. */
  <Row>(statement: Prisma.Sql): Promise<Row[]>;
  /** For a statement without rows. Resolves to how many it has written. */
  run(statement: Prisma.Sql): Promise<number>;
}

/** Statements outside of any transaction, each by itself. */
export interface RawSql extends Statements {
  /**
   * Runs `work` in a transaction of its own, which ends with it, and which nobody else's statements become part of. Within `work`
   * only `tx` may be used: on SQLite everything else waits for the end of the transaction.
   */
  transaction<Result>(work: (tx: Statements) => Promise<Result>): Promise<Result>;
}

/** A time as SQLite stores and compares it, through Prisma too. Postgres reads it as well. */
export const storedTime = (time: Date): string => time.toISOString().replace('Z', '+00:00');
