import { Prisma } from './generated/sqlite/client.ts';

/** The constraint that a write violated, as the driver reports it. */
interface Violation {
  kind?: string;
  constraint?: { fields?: string[]; index?: string };
}

/** Undefined if it was none. The code of the error itself depends on whether the write was a statement in SQL. */
function violationOf(error: unknown): Violation | undefined {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return violationOfSqlite(error);
  const adapterError = error.meta?.driverAdapterError as { cause?: Violation } | undefined;
  return adapterError?.cause;
}

/** Of a statement that went to the driver of SQLite directly: `UNIQUE constraint failed: rooms.name`. */
function violationOfSqlite(error: unknown): Violation | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return { kind: 'ForeignKeyConstraintViolation' };
  if (error.code !== 'SQLITE_CONSTRAINT_UNIQUE') return undefined;
  const columns = error.message.split(': ').at(-1)?.split(', ') ?? [];
  const fields = columns.map((column) => column.slice(column.indexOf('.') + 1));
  return { kind: 'UniqueConstraintViolation', constraint: { fields } };
}

/** Whether a write violated a foreign key, because the referenced row was deleted while it ran. */
export const isReferenceMissing = (error: unknown): boolean =>
  violationOf(error)?.kind === 'ForeignKeyConstraintViolation';

/** Whether a write violated the unique constraint of `column`. */
export function isTaken(error: unknown, column: string): boolean {
  const violation = violationOf(error);
  if (violation?.kind !== 'UniqueConstraintViolation') return false;
  const { fields, index } = violation.constraint ?? {};
  // SQLite reports the columns; Postgres reports the index, which Prisma names <table>_<column>_key.
  return fields?.includes(column) ?? index?.endsWith(`_${column}_key`) ?? false;
}
