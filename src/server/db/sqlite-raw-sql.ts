import type Database from 'better-sqlite3';
import type { Prisma } from '../generated/sqlite/client.ts';
import type { RawSql } from './raw-sql.ts';
import { guard, runAlone } from './run-alone.ts';
import type { TransactionGate } from './transaction-gate.ts';
import type { FailureListener } from './unavailable.ts';

/**
 * Statements that run at nearly every request, on a connection of their own and without Prisma's client, whose
 * compiling and mapping costs several times what they take. Each is prepared once; their texts are in the code, so there are few.
 */
export function createSqliteRawSql(
  file: Database.Database,
  gate: TransactionGate,
  onFailure: FailureListener,
): RawSql {
  const prepared = new Map<string, Database.Statement<unknown[]>>();

  function prepare(text: string): Database.Statement<unknown[]> {
    let statement = prepared.get(text);
    if (!statement) {
      statement = file.prepare(text);
      prepared.set(text, statement);
    }
    return statement;
  }

  function run(statement: Database.Statement<unknown[]>, values: unknown[]): unknown[] {
    if (statement.reader) return statement.all(...values);
    statement.run(...values);
    return [];
  }

  return async <Row>({ sql, values }: Prisma.Sql) => {
    const statement = await guard(() => prepare(sql), onFailure);
    const rows = statement.readonly
      ? await guard(() => run(statement, values), onFailure)
      : // A transaction on the other connection may have locked the file, and would never end while we wait for it here.
        await runAlone(() => run(statement, values), gate, onFailure);
    return rows as Row[]; // safe: the caller says what its statement selects
  };
}
