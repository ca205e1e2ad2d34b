import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { RawSql } from '../../infra/db/raw-sql.ts';

const batch = 200;

/** Writes to each row that `select` finds, after which it must no longer find it. */
export async function inBatches<Row>(
  sql: RawSql,
  select: Prisma.Sql,
  write: (row: Row) => Prisma.Sql,
): Promise<void> {
  for (let size = batch; size === batch; ) {
    const rows = await sql<Row>(Prisma.sql`${select} LIMIT ${batch}`);
    await sql.transaction(async (tx) => {
      for (const row of rows) await tx.run(write(row));
    });
    size = rows.length;
  }
}
