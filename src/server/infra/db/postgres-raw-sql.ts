import pg from 'pg';
import type { Db } from './database.ts';
import { DatabaseUnavailable } from './database-error.ts';
import { Prisma } from './generated/sqlite/client.ts';
import type { RawSql, Statements } from './raw-sql.ts';

const { builtins, getTypeParser } = pg.types;

const utc = (text: string) => new Date(`${text.replace(' ', 'T')}Z`);

/** What the driver would give as text or in the time zone of this process. Greater numbers than JavaScript's do not occur. */
const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, Number],
  [builtins.NUMERIC, Number],
  [builtins.TIMESTAMP, utc],
]);

const types = {
  getTypeParser: (oid: number, format: 'text' | 'binary' = 'text') =>
    parsers.get(oid) ?? getTypeParser(oid, format),
} as pg.CustomTypesConfig; // safe: a parser of text is asked for, as results are text

/** Statements that are kept prepared, on each connection. Their texts are constants, but for lists of various lengths. */
const maxNames = 300;

/**
 * Runs the statements of nearly every request without Prisma's client, whose overhead is several times that of the driver;
 * transactions still go through it. With `isPooled` nothing may be kept prepared, as each statement may get another connection.
 */
export function createPostgresRawSql(db: Db, pool: pg.Pool, { isPooled }: { isPooled: boolean }): RawSql {
  const names = new Map<string, string | undefined>();

  /** Named statements are parsed and planned once for each connection. */
  function nameOf(text: string): string | undefined {
    const known = names.get(text);
    if (known !== undefined || isPooled || names.size >= maxNames) return known;
    const name = `mirage_${names.size}`;
    names.set(text, name);
    return name;
  }

  async function run(name: string | undefined, text: string, values: unknown[]) {
    return pool.query<Record<string, unknown>>({
      text,
      values,
      types,
      ...(name !== undefined && { name }),
    });
  }

  async function query(statement: Prisma.Sql): Promise<pg.QueryResult<Record<string, unknown>>> {
    const { text } = statement;
    const values = statement.values.map(toParameter);
    try {
      return await run(nameOf(text), text, values);
    } catch (error) {
      if (!isPlanOutdated(error)) throw asPrismaError(error);
      names.set(text, undefined);
      return run(undefined, text, values);
    }
  }

  return Object.assign(
    // safe: the caller states the columns that it selects
    async <Row>(statement: Prisma.Sql) => (await query(statement)).rows as Row[],
    {
      run: async (statement: Prisma.Sql) => (await query(statement)).rowCount ?? 0,
      transaction: <Result>(work: (tx: Statements) => Promise<Result>) =>
        db.$transaction((tx) => work(statementsOf(tx))),
    },
  );
}

const statementsOf = (db: Pick<Db, '$queryRaw' | '$executeRaw'>): Statements =>
  Object.assign(<Row>(statement: Prisma.Sql): Promise<Row[]> => db.$queryRaw<Row[]>(statement), {
    run: (statement: Prisma.Sql): Promise<number> => db.$executeRaw(statement),
  });

/** Without its zone, of which Postgres takes no notice where a column has none. */
const toParameter = (value: unknown) => (value instanceof Date ? value.toISOString() : value);

/** A migration by a newer server has changed what a prepared statement gives. Nothing has been done then. */
const isPlanOutdated = (error: unknown) =>
  error instanceof pg.DatabaseError &&
  error.code === '0A000' &&
  /cached plan must not change result type/.test(error.message);

const violations: Record<string, string> = {
  '23503': 'ForeignKeyConstraintViolation',
  '23505': 'UniqueConstraintViolation',
};

/** As Prisma reports what went wrong with a raw statement. */
function asPrismaError(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) {
    const { code = '', message, constraint } = error;
    const kind = violations[code] ?? 'postgres';
    const cause = {
      originalCode: code,
      kind,
      ...(constraint !== undefined && { constraint: { index: constraint } }),
    };
    return new Prisma.PrismaClientKnownRequestError(message, {
      code: 'P2010',
      clientVersion: Prisma.prismaVersion.client,
      meta: { driverAdapterError: { cause } },
    });
  }
  // Those of the operating system; several, one for each address that was tried, have no message.
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^E(?!RR_)[A-Z_]+$/.test(code)
    ? new DatabaseUnavailable(`the database is unavailable (${code})`, { cause: error })
    : error;
}
