import { DatabaseError } from './database-error.ts';

/** What a DATABASE_URL of Postgres says. */
export interface PostgresUrl {
  /** As the driver takes it. */
  connectionString: string;
  schema: string;
  /** From `connection_limit`, in place of DATABASE_POOL. */
  poolSize: number | undefined;
  /** Settings for the server, from `options`. */
  options: string | undefined;
  /** Whether a pooler is in between, which gives each transaction any connection: no setting of a connection lasts. */
  isPooled: boolean;
}

type Parameter = (value: string) => string | undefined;

const anything: Parameter = () => undefined;
const oneOf =
  (...values: string[]): Parameter =>
  (value) =>
    values.includes(value) ? undefined : `must be ${values.join(' or ')}`;

const minPool = 2;
const maxPool = 1000;
const isPoolSize: Parameter = (value) =>
  /^\d{1,4}$/.test(value) && Number(value) >= minPool && Number(value) <= maxPool
    ? undefined
    : `must be a number of connections from ${minPool} to ${maxPool}`;

/**
 * The parameters that have an effect; a check returns what is wrong with a value. All others are refused, as they would be
 * ignored in silence, and so are values with which the driver does not do what libpq does.
 */
const parameters: Record<string, Parameter> = {
  schema: (value) => (/^[\w-]{1,63}$/.test(value) ? undefined : 'must be letters, digits, _ and -'),
  connection_limit: isPoolSize,
  pgbouncer: oneOf('true', 'false'),
  sslmode: oneOf('disable', 'require', 'no-verify', 'verify-ca', 'verify-full'),
  sslrootcert: anything,
  sslcert: anything,
  sslkey: anything,
  options: anything,
  application_name: anything,
  host: anything,
  port: anything,
  user: anything,
  password: anything,
};

/** In the order in which docs/configuration.md lists them. */
export const parameterNames = Object.keys(parameters);

/** Those that are not the driver's. */
const ours = ['schema', 'connection_limit', 'pgbouncer', 'options'];

/** Throws a DatabaseError that is one line and repeats no value. */
export function readPostgresUrl(url: string): PostgresUrl {
  const parsed = new URL(url);
  const { searchParams } = parsed;
  for (const [name, value] of searchParams) {
    const check = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!check) {
      const known = parameterNames.join(', ');
      throw new DatabaseError(`DATABASE_URL has an unknown parameter ${name}; known: ${known}`);
    }
    const problem = check(value);
    if (problem !== undefined) throw new DatabaseError(`${name} in DATABASE_URL ${problem}`);
  }
  const get = (name: string) => searchParams.get(name) ?? undefined;
  const limit = get('connection_limit');
  const read = {
    schema: get('schema') ?? 'public',
    poolSize: limit === undefined ? undefined : Number(limit),
    options: get('options'),
    isPooled: get('pgbouncer') === 'true',
  };
  for (const name of ours) searchParams.delete(name);
  // The driver's own name for what libpq calls `require` without a root certificate.
  if (get('sslmode') === 'no-verify') searchParams.set('sslmode', 'require');
  if (searchParams.has('sslmode')) searchParams.set('uselibpqcompat', 'true');
  return { connectionString: parsed.href, ...read };
}
