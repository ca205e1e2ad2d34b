import type { Prisma } from './generated/sqlite/client.ts';

/** Runs one statement outside of any transaction. Rows are returned as by the driver: times may be text. */
export type RawSql = <Row>(statement: Prisma.Sql) => Promise<Row[]>;
