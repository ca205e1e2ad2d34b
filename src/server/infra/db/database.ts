import type { PrismaClient } from './generated/sqlite/client.ts';
import type { InboxStatements } from './inbox-statements.ts';
import type { KeptStatements } from './kept-statements.ts';
import type { RawSql } from './raw-sql.ts';

export type Db = PrismaClient;

export interface OpenDb {
  db: Db;
  sql: RawSql;
  /** The names of the migrations that were applied on opening. */
  migrations: string[];
  /** The statements that differ between the databases. */
  inbox: InboxStatements;
  kept: KeptStatements;
  close(): Promise<void>;
}
