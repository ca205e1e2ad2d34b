import Database from 'better-sqlite3';
import { vi } from 'vitest';
import { databaseFile, isDatabaseFile } from '../../src/server/infra/db/database-file.ts';
import { Prisma } from '../../src/server/infra/db/generated/sqlite/client.ts';
import { departuresTopic } from '../../src/server/services/departures/departed-names.ts';
import { exportsTopic } from '../../src/server/services/exports/exports.ts';
import type { Deps } from '../../src/server/services/shared/deps.ts';

/** Wakes whoever goes through the database, and waits until that was done this often for the user. */
export async function gonePast(deps: Deps, username: string, passes = 1): Promise<void> {
  await vi.waitFor(
    async () => {
      const found = await deps.db.departure.findUnique({ where: { username } });
      if (found && found.passes < passes) {
        await deps.bus.publish(departuresTopic, { username, alias: found.alias });
        throw new Error(`${username} is gone past ${found.passes} times`);
      }
    },
    { timeout: 15_000, interval: 20 },
  );
}

/** The archive of a user once it is ready or has failed. */
export async function exported(deps: Deps, username: string) {
  return vi.waitFor(
    async () => {
      const found = await deps.db.export.findUnique({ where: { username } });
      if (found?.state === 'ready' || found?.state === 'failed') return found;
      await deps.bus.publish(exportsTopic, { wanted: true });
      throw new Error(`the archive is ${found?.state}`);
    },
    { timeout: 15_000, interval: 20 },
  );
}

/** Where a text is in the database: in each column of each table, as `table.column`. */
export async function placesOf({ config, sql }: Deps, text: string): Promise<string[]> {
  if (!isDatabaseFile(config.databaseUrl)) return placesInPostgres(sql, text);
  const db = new Database(databaseFile(config.databaseUrl), { readonly: true });
  try {
    const columns = db
      .prepare<[], { place: string; name: string; column: string }>(
        `SELECT m.name || '.' || c.name AS place, m.name, c.name AS column FROM sqlite_master m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.sql NOT LIKE '%VIRTUAL%' AND m.name NOT LIKE '%\\_search\\_%' ESCAPE '\\'`,
      )
      .all();
    return columns
      .filter(({ name, column }) =>
        db.prepare(`SELECT 1 FROM "${name}" WHERE instr(CAST("${column}" AS TEXT), ?) > 0`).get(text),
      )
      .map(({ place }) => place)
      .sort();
  } finally {
    db.close();
  }
}

async function placesInPostgres(sql: Deps['sql'], text: string): Promise<string[]> {
  const columns = await sql<{ name: string; column: string }>(Prisma.sql`
    SELECT table_name AS name, column_name AS column FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying', 'jsonb')`);
  const found: string[] = [];
  for (const { name, column } of columns) {
    const rows = await sql(Prisma.sql`
      SELECT 1 FROM ${Prisma.raw(`"${name}"`)} WHERE strpos(${Prisma.raw(`"${column}"`)}::text, ${text}) > 0 LIMIT 1`);
    if (rows.length > 0) found.push(`${name}.${column}`);
  }
  return found.sort();
}
