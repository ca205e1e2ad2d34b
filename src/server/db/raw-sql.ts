import type Database from 'better-sqlite3';
import type { Prisma } from '../generated/sqlite/client.ts';
import type { TransactionGate } from './transaction-gate.ts';

/** Runs one statement outside of any transaction, and gives its rows as the driver does: times may be text. */
export type RawSql = <Row>(statement: Prisma.Sql) => Promise<Row[]>;

/**
 * Statements that run at nearly every request, on a connection of their own and without Prisma's client, whose
 * compiling and mapping costs several times what they take. Each is prepared once; their texts are in the code, so there are few.
 */
export function createSqliteRawSql(file: Database.Database, gate: TransactionGate): RawSql {
  const prepared = new Map<string, Database.Statement<unknown[]>>();

  function prepare(text: string): Database.Statement<unknown[]> {
    let statement = prepared.get(text);
    if (!statement) {
      statement = file.prepare(text);
      prepared.set(text, statement);
    }
    return statement;
  }

  return async <Row>({ sql, values }: Prisma.Sql) => {
    const statement = prepare(sql);
    // A transaction on the other connection may have locked the file, and would never end while we wait for it here.
    if (!statement.readonly) while (gate.isClosed) await gate.opened();
    if (statement.reader) return statement.all(...values) as Row[]; // safe: the caller says what its statement selects
    statement.run(...values);
    return [];
  };
}
