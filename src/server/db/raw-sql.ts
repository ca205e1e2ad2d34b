import type { Prisma } from '../generated/sqlite/client.ts';

/** Runs one statement outside of any transaction, and gives its rows as the driver does: times may be text. */
export type RawSql = <Row>(statement: Prisma.Sql) => Promise<Row[]>;
