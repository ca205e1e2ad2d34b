import type Database from 'better-sqlite3';
import type { Prisma } from './generated/sqlite/client.ts';
import type { RawSql } from './raw-sql.ts';
import { guard, runAlone } from './run-alone.ts';
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
    let known = statements.get(text);
    if (!known) {
      const statement = file.prepare<unknown[], unknown[]>(withLimits(text));
      known = statement.reader
        ? { statement: statement.raw(), toRow: rowMaker(statement.columns().map(({ name }) => name)) }
        : { statement };
      statements.set(text, known);
    }
    return known;
  }

  function run({ statement, toRow }: Prepared, values: unknown[]): unknown[] {
    if (toRow) return statement.all(...values).map(toRow);
    statement.run(...values);
    return [];
  }

  return async <Row>({ sql, values }: Prisma.Sql) => {
    const prepared = await guard(() => prepare(sql), onFailure);
    const rows = prepared.statement.readonly
      ? await guard(() => run(prepared, values), onFailure)
      : // A transaction on the other connection may hold the write lock; blocking here would keep it from ending.
        await runAlone(() => run(prepared, values), gate, onFailure);
    return rows as Row[]; // safe: the caller states the columns that it selects
  };
}

type Row = Record<string, unknown>;

interface Prepared {
  /** Gives rows as arrays. */
  statement: Database.Statement<unknown[], unknown[]>;
  /** Of a statement that gives rows. */
  toRow?: (values: unknown[]) => Row;
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
