import { Prisma } from './generated/sqlite/client.ts';

/** What an UPDATE sets: those of the columns whose values are given. Undefined if none is. The names are not escaped. */
export function assignmentsOf(columns: Record<string, unknown>): Prisma.Sql | undefined {
  const given = Object.entries(columns).filter(([, value]) => value !== undefined);
  if (given.length === 0) return undefined;
  return Prisma.join(given.map(([name, value]) => Prisma.sql`${Prisma.raw(name)} = ${value}`));
}
