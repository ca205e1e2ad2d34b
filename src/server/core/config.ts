import { existsSync } from 'node:fs';
import { z } from 'zod';

/** An invalid setting. The message is one line for the operator. */
export class ConfigError extends Error {
  /** The error's name in logs. */
  override name = 'ConfigError';
}

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const onOff = z.enum(['on', 'off'], 'must be on or off').transform((value) => value === 'on');

const httpUrl = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:/.test(value), 'must be an http or https URL');

/** The address in the user's browser: an origin, and a path if Mirage is not at the root. */
const publicUrl = z
  .string()
  .refine(isPlainUrl, 'must be an http or https URL such as https://chat.example or https://example.org/chat')
  .transform((value) => {
    const { origin, pathname } = new URL(value);
    return origin + pathname.replace(/\/+$/, '');
  });

function isPlainUrl(value: string): boolean {
  if (!URL.canParse(value) || !/^https?:/.test(value)) return false;
  const { username, password, search, hash, pathname } = new URL(value);
  return [username, password, search, hash].every((part) => part === '') && /^[\w.~/-]*$/.test(pathname);
}

/** `file:` selects the embedded SQLite database; several servers can share a Postgres database. */
const databaseUrl = z
  .string()
  .refine(
    (value) => /^file:[^?]+$/.test(value) || (/^postgres(ql)?:\/\/./.test(value) && URL.canParse(value)),
    'must be file: and a path, without parameters, such as file:./data/mirage.db, or a postgresql:// URL',
  );

const redisUrl = z
  .string()
  .refine(
    (value) => /^rediss?:\/\/./.test(value) && URL.canParse(value),
    'must be a redis:// or rediss:// URL',
  );

/** `*`, or a list of origins as browsers send them. */
const origins = z
  .string()
  .transform((value) => (value.trim() === '*' ? ('*' as const) : value.split(',').map((part) => part.trim())))
  .refine(
    (list) =>
      list === '*' || list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    'must be * or origins such as https://chat.example, separated by commas',
  );

const days = 24 * 60 * 60;

/** The longest time after which messages expire. */
export const maxLifespanSeconds = 10 * 365 * days;

/** Operators find the same settings and defaults in `.env.example`. */
const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(5000),
  DATABASE_URL: databaseUrl.default('file:./data/mirage.db'),
  DATABASE_POOL: wholeNumber(2, 1000).default(10),
  REDIS_URL: redisUrl.optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w:.{}-]{1,64}$/, 'must be up to 64 letters, digits and :._-{}')
    .default('mirage:'),
  MAX_MESSAGES: wholeNumber(1, 10_000_000).default(100),
  MESSAGE_LIFESPAN: wholeNumber(1, maxLifespanSeconds).default(54_000),
  RING_FAIRNESS: onOff.default(false),
  ROOM_MESSAGES_SNAPSHOT: z
    .string()
    .regex(/[^\s/]$/, 'must be the path of a file')
    .optional(),
  KEPT_ROOMS: onOff.default(true),
  KEPT_ROOM_LIFESPAN: wholeNumber(1, maxLifespanSeconds).optional(),
  SYSTEM_MESSAGES: z.enum(['kept', 'all', 'off'], 'must be kept, all or off').default('kept'),
  MAX_PUBLIC_ROOMS: wholeNumber(0, 1_000_000).default(5),
  MAX_ROOMS_PER_USER: wholeNumber(0, 1_000_000).default(100),
  MAX_MEMBERSHIPS_PER_USER: wholeNumber(1, 1_000_000).default(1000),
  MAX_SESSIONS_PER_USER: wholeNumber(1, 1_000_000).default(100),
  MAX_TICKETS_PER_USER: wholeNumber(1, 1_000_000).default(100),
  SESSION_TTL: wholeNumber(60, 10 * 365 * days).default(30 * days),
  PUBLIC_URL: publicUrl.optional(),
  EDIT_WINDOW: wholeNumber(0, 10 * 365 * days).default(days),
  CHANGES_KEPT: wholeNumber(60, 10 * 365 * days).default(30 * days),
  CORS_ORIGIN: origins.default('*'),
  TRUST_PROXY: wholeNumber(0, 32).default(0),
  KEEP_ALIVE_TIMEOUT: wholeNumber(1, 3600).default(130),
  RATE_LIMIT: onOff.default(true),
  KEEPALIVE_URL: httpUrl.optional(),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 characters without spaces')
    .optional(),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .default('info'),
});

/** The settings, parsed and in the units that the code uses. See {@link loadConfig}. */
export interface Config {
  /** The address to listen on. */
  host: string;
  /** The port to listen on; 0 picks a free one. */
  port: number;
  /** `file:` and a path, or a `postgresql://` URL. */
  databaseUrl: string;
  /** The maximum number of Postgres connections per server. */
  databasePool: number;
  /** Where servers share room messages, events, rate limits, presence and tickets; undefined for a single server. */
  redis:
    | {
        /** A `redis://` or `rediss://` URL. */
        url: string;
        /** Prepended to every key and channel. */
        prefix: string;
      }
    | undefined;
  /** How many room messages are held, and for how long. */
  roomMessages: {
    /** The maximum number of messages over all rooms. */
    capacity: number;
    /** Whether the room with the most messages loses one when there are too many; otherwise the oldest of all goes. */
    isFair?: boolean;
    /** The lifetime of a message in milliseconds. */
    ttlMs: number;
  };
  /** The file in which room messages are kept between a shutdown and the next start. */
  roomMessagesSnapshot: string | undefined;
  /** Rooms whose messages are kept in the database. */
  keptRooms: {
    /** Whether new ones may be created. */
    allowed: boolean;
    /** The longest lifetime of their messages in milliseconds; undefined for no limit. */
    ttlMs: number | undefined;
  };
  /** In which rooms messages tell who has come and gone, and the like: only in kept ones, in all, or in none. */
  systemMessages: 'kept' | 'all' | 'off';
  /** The maximum number of public rooms; private rooms are not counted. */
  maxPublicRooms: number;
  /** Quotas of each user. */
  maxPerUser: {
    /** Rooms created. */
    rooms: number;
    /** Rooms the user is a member of. */
    memberships: number;
    /** Live sessions; a login beyond it ends the one that was unused for the longest time. */
    sessions: number;
    /** Tickets issued in 30 seconds, the lifetime of a ticket. */
    tickets: number;
  };
  /** The lifetime of an unused session in milliseconds. */
  sessionTtlMs: number;
  /** The address in the user's browser, without a trailing slash; undefined if the `Host` header says it. */
  publicUrl: string | undefined;
  /** For how many milliseconds a message can be edited; 0 switches editing off. */
  editWindowMs: number;
  /** For how many milliseconds edits, deletions, reactions and read marks can be caught up on. */
  changesKeptMs: number;
  /** The origins allowed by CORS; `*` allows all. */
  corsOrigin: '*' | string[];
  /** The number of reverse proxies whose forwarding headers are trusted. */
  trustedProxies: number;
  /** How many milliseconds an idle connection is kept open for another request. */
  keepAliveTimeoutMs: number;
  /** Whether rate limits apply. */
  rateLimit: boolean;
  /** A URL that is requested once a minute while there is room traffic. */
  keepAliveUrl: string | undefined;
  /** The bearer token for `/metrics`; undefined turns metrics off. */
  metricsToken: string | undefined;
  /** The lowest level that is logged. */
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
}

/** The environment of the process, including the variables of a `.env` file in the working directory. */
function processEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/**
 * Reads the settings from an environment, by the names in `.env.example`. The default is the environment of the process
 * plus a `.env` file in the working directory.
 * @throws {@link ConfigError} naming the invalid settings. Their values are omitted, as some are secret.
 */
export function loadConfig(env: Record<string, string | undefined> = processEnvironment()): Config {
  // Shells and compose files set a variable to the empty string to unset it.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { data, error } = environment.safeParse(given);
  if (error)
    throw new ConfigError(
      error.issues.map(({ path, message }) => `${String(path[0])} ${message}`).join('; '),
    );
  return {
    host: data.HOST,
    port: data.PORT,
    databaseUrl: data.DATABASE_URL,
    databasePool: data.DATABASE_POOL,
    redis: data.REDIS_URL === undefined ? undefined : { url: data.REDIS_URL, prefix: data.REDIS_PREFIX },
    roomMessages: {
      capacity: data.MAX_MESSAGES,
      isFair: data.RING_FAIRNESS,
      ttlMs: data.MESSAGE_LIFESPAN * 1000,
    },
    roomMessagesSnapshot: data.ROOM_MESSAGES_SNAPSHOT,
    keptRooms: {
      allowed: data.KEPT_ROOMS,
      ttlMs: data.KEPT_ROOM_LIFESPAN === undefined ? undefined : data.KEPT_ROOM_LIFESPAN * 1000,
    },
    systemMessages: data.SYSTEM_MESSAGES,
    maxPublicRooms: data.MAX_PUBLIC_ROOMS,
    maxPerUser: {
      rooms: data.MAX_ROOMS_PER_USER,
      memberships: data.MAX_MEMBERSHIPS_PER_USER,
      sessions: data.MAX_SESSIONS_PER_USER,
      tickets: data.MAX_TICKETS_PER_USER,
    },
    sessionTtlMs: data.SESSION_TTL * 1000,
    publicUrl: data.PUBLIC_URL,
    editWindowMs: data.EDIT_WINDOW * 1000,
    changesKeptMs: data.CHANGES_KEPT * 1000,
    corsOrigin: data.CORS_ORIGIN,
    trustedProxies: data.TRUST_PROXY,
    keepAliveTimeoutMs: data.KEEP_ALIVE_TIMEOUT * 1000,
    rateLimit: data.RATE_LIMIT,
    keepAliveUrl: data.KEEPALIVE_URL,
    metricsToken: data.METRICS_TOKEN,
    logLevel: data.LOG_LEVEL,
  };
}

/** A URL without its credentials and query, for logs and error messages. */
export function withoutSecrets(url: string): string {
  if (!URL.canParse(url) || url.startsWith('file:')) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
