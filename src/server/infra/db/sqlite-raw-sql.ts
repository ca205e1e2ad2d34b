import type Database from 'better-sqlite3';
import type { Prisma } from './generated/sqlite/client.ts';
import { type RawSql, type Statements, storedTime } from './raw-sql.ts';
import { guard, patiently, runAlone } from './run-alone.ts';
import type { TransactionGate } from './transaction-gate.ts';
import type { FailureListener } from './unavailable.ts';

/**
 * Runs the statements of nearly every request on a separate connection without Prisma's client, whose overhead is several
 * times their cost. Statements are prepared once; their texts are constants, so the cache is small.
 */
export function createSqliteRawSql(
  file: Database.Database,
  gate: TransactionGate,
  onFailure: FailureListener,
): RawSql {
  const statements = new Map<string, Prepared>();

  function prepare(text: string): Prepared {
    const statement = file.prepare<unknown[], unknown[]>(withLimits(text));
    const prepared = statement.reader
      ? { statement: statement.raw(), toRow: rowMaker(statement.columns().map(({ name }) => name)) }
      : { statement };
    statements.set(text, prepared);
    return prepared;
  }

  function query({ statement, toRow }: Prepared, values: unknown[]): unknown[] {
    if (toRow) return statement.all(...values).map(toRow);
    statement.run(...values);
    return [];
  }

  const execute = ({ statement }: Prepared, values: unknown[]): number => statement.run(...values).changes;

  const prepareOnce = (text: string) => statements.get(text) ?? guard(() => prepare(text), onFailure);

  async function alone<Result>({ sql, values }: Prisma.Sql, run: Runner<Result>): Promise<Result> {
    const prepared = await prepareOnce(sql);
    const bound = values.map(boundValue);
    if (!prepared.statement.readonly)
      // A transaction on the other connection may hold the write lock; blocking here would keep it from ending.
      return runAlone(() => run(prepared, bound), gate, onFailure);
    // What a transaction on this connection has not committed yet is not for others to see.
    while (file.inTransaction) await gate.opened();
    return patiently(() => run(prepared, bound), onFailure);
  }

  async function inTransaction<Result>({ sql, values }: Prisma.Sql, run: Runner<Result>): Promise<Result> {
    const prepared = await prepareOnce(sql);
    return guard(() => run(prepared, values.map(boundValue)), onFailure);
  }

  const tx = statementsBy(inTransaction);
  const begin = file.prepare('BEGIN IMMEDIATE');
  const commit = file.prepare('COMMIT');
  const rollback = file.prepare('ROLLBACK');

  async function transaction<Result>(work: (tx: Statements) => Promise<Result>): Promise<Result> {
    const open = await runAlone(
      () => {
        begin.run();
        return gate.close();
      },
      gate,
      onFailure,
    );
    try {
      const result = await work(tx);
      await guard(() => commit.run(), onFailure);
      return result;
    } finally {
      if (file.inTransaction) rollback.run();
      open();
    }
  }

  /** Either door to the connection: rows, or how many were written. */
  function statementsBy(
    door: <Result>(statement: Prisma.Sql, run: Runner<Result>) => Promise<Result>,
  ): Statements {
    const rows = <Row>(statement: Prisma.Sql) => door(statement, query) as Promise<Row[]>; // safe: the caller states the columns that it selects
    return Object.assign(rows, { run: (statement: Prisma.Sql) => door(statement, execute) });
  }

  return Object.assign(statementsBy(alone), { transaction });
}

type Row = Record<string, unknown>;

type Runner<Result> = (prepared: Prepared, values: unknown[]) => Result;

interface Prepared {
  /** Gives rows as arrays. */
  statement: Database.Statement<unknown[], unknown[]>;
  /** Of a statement that gives rows. */
  toRow?: (values: unknown[]) => Row;
}

/** As SQLite stores it. */
function boundValue(value: unknown): unknown {
  if (value instanceof Date) return storedTime(value);
  return typeof value === 'boolean' ? Number(value) : value;
}

/**
 * SQLite looks at the value of a parameter that is a whole LIMIT, and compiles the statement again whenever one is bound. With
 * an expression in its place it does not, and a page of the inbox costs half.
 */
const withLimits = (text: string) => text.replaceAll('LIMIT ?', 'LIMIT ? + 0');

/**
 * Makes objects of rows with these columns. They are made by a function that names the columns, as one that looped over their
 * names would cost as much as reading the rows.
 */
function rowMaker(columns: string[]): (values: unknown[]) => Row {
  const fields = columns.map((name, index) => `${JSON.stringify(name)}: values[${index}]`);
  return new Function('values', `return { ${fields.join()} };`) as (values: unknown[]) => Row; // safe: it is made here
}
