import { Prisma } from './generated/sqlite/client.ts';
import type { RawSql } from './raw-sql.ts';

/** A value that all servers of a database share. Whoever asks for it first decides what it is; nobody else writes. */
export async function serverSecret(sql: RawSql, name: string, first: string): Promise<string> {
  const read = () =>
    sql<{ value: string }>(Prisma.sql`SELECT value FROM server_secrets WHERE name = ${name}`);
  const [known] = await read();
  if (known) return known.value;
  await sql(
    Prisma.sql`INSERT INTO server_secrets (name, value) VALUES (${name}, ${first}) ON CONFLICT (name) DO NOTHING`,
  );
  const [row] = await read();
  return row?.value ?? first;
}
