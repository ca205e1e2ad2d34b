import { existsSync } from 'node:fs';
import { z } from 'zod';

/** Thrown for settings that make no sense; the message is one line for the operator. */
export class ConfigError extends Error {
  /** For logs. */
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

/** A file is the embedded database; with Postgres, several servers can share one. */
const databaseUrl = z
  .string()
  .refine(
    (value) => /^file:.+/.test(value) || (/^postgres(ql)?:\/\/./.test(value) && URL.canParse(value)),
    'must be file: and a path, such as file:./data/mirage.db, or a postgresql:// URL',
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

/** One line a setting; the comments and defaults of `.env.example` say the same to operators. */
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
  MESSAGE_LIFESPAN: wholeNumber(1, 10 * 365 * days).default(54_000),
  ROOM_MESSAGES_SNAPSHOT: z
    .string()
    .regex(/[^\s/]$/, 'must be the path of a file')
    .optional(),
  MAX_PUBLIC_ROOMS: wholeNumber(0, 1_000_000).default(5),
  SESSION_TTL: wholeNumber(60, 10 * 365 * days).default(30 * days),
  CORS_ORIGIN: origins.default('*'),
  TRUST_PROXY: wholeNumber(0, 32).default(0),
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

/** The settings in the units and names that the code uses; {@link loadConfig} makes them from an environment. */
export interface Config {
  /** The address to listen on. */
  host: string;
  /** The port to listen on; 0 takes a free one. */
  port: number;
  /** `file:` and a path, or a `postgresql://` URL. */
  databaseUrl: string;
  /** Connections that one server holds to Postgres at most. */
  databasePool: number;
  /** With it, the ring, signals, limits, presence and tickets are shared by all servers. */
  redis:
    | {
        /** A `redis://` or `rediss://` URL. */
        url: string;
        /** Stands before every key. */
        prefix: string;
      }
    | undefined;
  /** What is held of what is said in rooms. */
  roomMessages: {
    /** Messages over all rooms together. */
    capacity: number;
    /** For how many milliseconds. */
    ttlMs: number;
  };
  /** Where room messages are kept from a stop to the next start. */
  roomMessagesSnapshot: string | undefined;
  /** How many public rooms there may be; private ones are not counted. */
  maxPublicRooms: number;
  /** Milliseconds until a session that is not used ends. */
  sessionTtlMs: number;
  /** Whose pages may call: all, or these origins. */
  corsOrigin: '*' | string[];
  /** Proxies between us and the callers, whose word on the caller's address counts. */
  trustedProxies: number;
  /** Whether guessing, sending and connecting have limits. */
  rateLimit: boolean;
  /** Requested once a minute while there is room traffic. */
  keepAliveUrl: string | undefined;
  /** What opens `/metrics`; without it nothing is measured. */
  metricsToken: string | undefined;
  /** What is logged: this and what is graver. */
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
}

/** The process's own environment, after a `.env` file in the working directory has been added to it. */
function processEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/**
 * The settings that an environment says, by the names in `.env.example`; by default that of the process, with what a `.env`
 * file in the working directory adds.
 * @throws {@link ConfigError} that names the setting. Values are not repeated, as some of them are secret.
 */
export function loadConfig(env: Record<string, string | undefined> = processEnvironment()): Config {
  // An empty variable is how shells and compose files say "not set".
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
    roomMessages: { capacity: data.MAX_MESSAGES, ttlMs: data.MESSAGE_LIFESPAN * 1000 },
    roomMessagesSnapshot: data.ROOM_MESSAGES_SNAPSHOT,
    maxPublicRooms: data.MAX_PUBLIC_ROOMS,
    sessionTtlMs: data.SESSION_TTL * 1000,
    corsOrigin: data.CORS_ORIGIN,
    trustedProxies: data.TRUST_PROXY,
    rateLimit: data.RATE_LIMIT,
    keepAliveUrl: data.KEEPALIVE_URL,
    metricsToken: data.METRICS_TOKEN,
    logLevel: data.LOG_LEVEL,
  };
}

/** A URL as it may be shown: without what opens it. */
export function withoutSecrets(url: string): string {
  if (!URL.canParse(url) || url.startsWith('file:')) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
