import { existsSync } from 'node:fs';
import { z } from 'zod';
import { mailableAddress } from './mail-address.ts';

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

/** Where files are: a folder, or a bucket of an S3-compatible service. */
const filesUrl = z
  .string()
  .refine(
    (value) => value === 'off' || /^(file:[^?]+|s3:\/\/.+)$/.test(value),
    'must be off, file: and the path of a folder, such as file:./data/files, or s3:// and a bucket',
  );

const plainOrigin = z
  .string()
  .refine(
    (value) => isPlainUrl(value) && new URL(value).origin === value,
    'must be an origin such as https://files.example',
  );

/** `*`, or media types of which the second part may be `*`. */
const mediaTypes = z
  .string()
  .transform((value) =>
    value.trim() === '*' ? undefined : value.split(',').map((type) => type.trim().toLowerCase()),
  )
  .refine(
    (list) => list === undefined || list.every((type) => /^[\w.+-]+\/([\w.+-]+|\*)$/.test(type)),
    'must be * or media types such as image/*,application/pdf, separated by commas',
  );

const oneWord = z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'must be visible ASCII characters without spaces');

/** How mail is sent: `smtps:` with TLS from the start, `smtp:` with STARTTLS. */
const smtpUrl = z
  .string()
  .refine(
    isSmtpUrl,
    'must be a URL such as smtp://user:password@mail.example:587 or smtps://mail.example, with ?tls=optional at most',
  );

function isSmtpUrl(value: string): boolean {
  if (!URL.canParse(value) || !/^smtps?:\/\/./.test(value)) return false;
  const { hostname, pathname, search, hash, username, password } = new URL(value);
  const isPlain = hostname !== '' && /^\/?$/.test(pathname) && hash === '';
  const isDecodable = [username, password].every((part) => !/%(?![\da-f]{2})/i.test(part));
  return isPlain && isDecodable && ['', '?tls=optional'].includes(search);
}

/** `mirage@chat.example`, or with a name before it in angle brackets. */
const mailFrom = z
  .string()
  .refine(
    (value) => parseSender(value) !== undefined,
    'must be an e-mail address, or a name and an address such as Mirage <mirage@chat.example>',
  )
  .transform((value) => parseSender(value) ?? { name: '', address: '' });

/** Whom mails come from. */
export interface MailSender {
  /** '' for none. */
  name: string;
  /** In ASCII. */
  address: string;
}

function parseSender(value: string): MailSender | undefined {
  const [, name = '', bracketed] = /^([^<>"\p{Cc}]*)<([^<>]+)>$/u.exec(value.trim()) ?? [];
  const address = mailableAddress(bracketed ?? value.trim());
  return address === undefined ? undefined : { name: name.trim(), address };
}

const isLoopback = ({ hostname }: URL) => /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(hostname);

/** As the issuer calls itself. A URL of its metadata would be one that nobody compares it with. */
function isIssuerUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const isPlain = [url.username, url.password, url.search, url.hash].every((part) => part === '');
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
  return isPlain && isSafe && !url.pathname.includes('/.well-known/');
}

const oidcIssuer = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  label: z.string().trim().min(1).max(50).optional(),
  issuer: z.string().max(500).refine(isIssuerUrl),
  clientId: z.string().min(1).max(500),
  clientSecret: z.string().min(1).max(1000).optional(),
  scope: z
    .string()
    .regex(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/)
    .max(500)
    .optional(),
});

const oidcForm =
  'must be a JSON list such as [{"id":"company","label":"Company","issuer":"https://login.example","clientId":"mirage","clientSecret":"..."}], with different ids and issuers';

const oidcIssuers = z.string().transform((value, context): OidcIssuer[] => {
  const { data } = z.array(oidcIssuer).max(20).safeParse(parseJson(value));
  const issuers = data?.map(toIssuer) ?? [];
  const isUnique = (keyOf: (issuer: OidcIssuer) => string) =>
    new Set(issuers.map(keyOf)).size === issuers.length;
  if (data && isUnique(({ id }) => id) && isUnique(issuerKey)) return issuers;
  context.addIssue(oidcForm);
  return z.NEVER;
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const toIssuer = ({
  id,
  label,
  issuer,
  clientId,
  clientSecret,
  scope,
}: z.infer<typeof oidcIssuer>): OidcIssuer => ({
  id,
  label: label ?? id,
  url: issuer,
  clientId,
  clientSecret,
  scope: ['openid', ...(scope ?? 'profile email').split(' ').filter((each) => each !== 'openid')].join(' '),
});

/** What identities of an issuer are stored with: the same however the end of its URL is written. */
export const issuerKey = ({ url }: Pick<OidcIssuer, 'url'>): string => url.replace(/\/+$/, '');

/** A service that users can log in with, by OpenID Connect. */
export interface OidcIssuer {
  /** What it is called in this server: in the URL that users come back to, and in the list of sessions. */
  id: string;
  /** What users see. */
  label: string;
  /** The issuer's own name, a URL, from which its metadata is read. */
  url: string;
  /** What it knows this server by. */
  clientId: string;
  /** Undefined if it gives none. */
  clientSecret: string | undefined;
  /** What is asked for, beginning with `openid`. */
  scope: string;
}

const awsNames = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'] as const;

const megabyte = 1024 * 1024;

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
  FILES_URL: filesUrl.optional(),
  AWS_ACCESS_KEY_ID: oneWord.optional(),
  AWS_SECRET_ACCESS_KEY: oneWord.optional(),
  AWS_SESSION_TOKEN: oneWord.optional(),
  AWS_REGION: oneWord.optional(),
  FILES_DIRECT_READS: onOff.default(false),
  FILES_ORIGIN: plainOrigin.optional(),
  FILE_URL_TTL: wholeNumber(60, 7 * days).default(3600),
  MAX_FILE_SIZE: wholeNumber(1, 2_147_483_647).default(24 * megabyte),
  FILE_QUOTA_USER: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(1024 * megabyte),
  FILE_QUOTA_TOTAL: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(20 * 1024 * megabyte),
  FILE_TYPES: mediaTypes.optional(),
  MAX_UPLOADS_PER_USER: wholeNumber(1, 1000).default(4),
  KEEP_PHOTO_METADATA: onOff.default(false),
  EXTERNAL_AVATARS: onOff.default(false),
  MAX_PUBLIC_ROOMS: wholeNumber(0, 1_000_000).default(5),
  MAX_ROOMS_PER_USER: wholeNumber(0, 1_000_000).default(100),
  MAX_MEMBERSHIPS_PER_USER: wholeNumber(1, 1_000_000).default(1000),
  MAX_SESSIONS_PER_USER: wholeNumber(1, 1_000_000).default(100),
  MAX_TICKETS_PER_USER: wholeNumber(1, 1_000_000).default(100),
  MAX_TOKENS_PER_USER: wholeNumber(0, 1000).default(50),
  SESSION_TTL: wholeNumber(60, 10 * 365 * days).default(30 * days),
  PASSWORD_RULES: z.enum(['legacy', 'everywhere'], 'must be legacy or everywhere').default('legacy'),
  PUBLIC_URL: publicUrl.optional(),
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: mailFrom.optional(),
  REQUIRE_VERIFIED_EMAIL: onOff.default(false),
  REQUIRE_SECOND_FACTOR: onOff.default(false),
  OIDC_ISSUERS: oidcIssuers.optional(),
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

/** Settings of files, of {@link Config}. */
export interface FileSettings {
  /** `file:` and a folder, an `s3://` URL, or `off`. Undefined for a folder `files` beside the database. */
  url: string | undefined;
  /** What `s3://` URLs need besides: variables whose names begin with `AWS_`, as all programs for S3 know them. */
  aws: Record<string, string>;
  /** Whether clients read from S3 themselves, by URLs that are valid for a while. */
  directReads: boolean;
  /** The origin that files are served from, if it is another than that of the pages. */
  origin: string | undefined;
  /** For how many milliseconds a URL is valid at most. */
  urlTtlMs: number;
  /** The largest file, in bytes. */
  maxBytes: number;
  /** How many bytes of one user's files are stored. */
  userQuotaBytes: number;
  /** How many bytes of all files are stored. */
  totalQuotaBytes: number;
  /** Which media types may be uploaded, in lower case, such as `image/*`; undefined for all. */
  types: string[] | undefined;
  /** How many files one user may be uploading at a time. */
  maxUploadsPerUser: number;
  /** Whether pictures are stored with what cameras write into them. */
  keepPhotoMetadata: boolean;
}

/** How mail is sent, of {@link Config}. */
export interface MailSettings {
  /** An `smtp:` or `smtps:` URL, which may contain a password. */
  url: string;
  /** Whom mails come from. */
  from: MailSender;
}

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
  /** Files that users share. */
  files: FileSettings;
  /** Whether the web client shows avatars that are on other servers, which then learn who looks at them. */
  externalAvatars: boolean;
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
    /** Access tokens; 0 lets nobody make any. */
    tokens: number;
  };
  /** The lifetime of an unused session in milliseconds. */
  sessionTtlMs: number;
  /** Whether the legacy API takes any password for a new one, or the rules of the typed API hold there as well. */
  passwordRules: 'legacy' | 'everywhere';
  /** The address in the user's browser, without a trailing slash; undefined if the `Host` header says it. */
  publicUrl: string | undefined;
  /** How mail is sent; undefined if none is. Needs `publicUrl`, as links in mails are built from it. */
  mail: MailSettings | undefined;
  /** Whether users can log in only once their e-mail address is verified. Needs `mail`. */
  requireVerifiedEmail: boolean;
  /** Whether users without a second factor have to set one up when they log in. Users of a host are for the host to ask. */
  requireSecondFactor: boolean;
  /** Services that users can log in with, by OpenID Connect. Need `publicUrl`, where users come back to. */
  oidc: OidcIssuer[];
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
  if ((data.SMTP_URL === undefined) !== (data.MAIL_FROM === undefined))
    throw new ConfigError('SMTP_URL and MAIL_FROM must be set together');
  const config: Config = {
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
    files: {
      url: data.FILES_URL,
      aws: Object.fromEntries(awsNames.flatMap((name) => (data[name] ? [[name, data[name]]] : []))),
      directReads: data.FILES_DIRECT_READS,
      origin: data.FILES_ORIGIN,
      urlTtlMs: data.FILE_URL_TTL * 1000,
      maxBytes: data.MAX_FILE_SIZE,
      userQuotaBytes: data.FILE_QUOTA_USER,
      totalQuotaBytes: data.FILE_QUOTA_TOTAL,
      types: data.FILE_TYPES,
      maxUploadsPerUser: data.MAX_UPLOADS_PER_USER,
      keepPhotoMetadata: data.KEEP_PHOTO_METADATA,
    },
    externalAvatars: data.EXTERNAL_AVATARS,
    maxPublicRooms: data.MAX_PUBLIC_ROOMS,
    maxPerUser: {
      rooms: data.MAX_ROOMS_PER_USER,
      memberships: data.MAX_MEMBERSHIPS_PER_USER,
      sessions: data.MAX_SESSIONS_PER_USER,
      tickets: data.MAX_TICKETS_PER_USER,
      tokens: data.MAX_TOKENS_PER_USER,
    },
    sessionTtlMs: data.SESSION_TTL * 1000,
    passwordRules: data.PASSWORD_RULES,
    publicUrl: data.PUBLIC_URL,
    mail:
      data.SMTP_URL !== undefined && data.MAIL_FROM !== undefined
        ? { url: data.SMTP_URL, from: data.MAIL_FROM }
        : undefined,
    requireVerifiedEmail: data.REQUIRE_VERIFIED_EMAIL,
    requireSecondFactor: data.REQUIRE_SECOND_FACTOR,
    oidc: data.OIDC_ISSUERS ?? [],
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
  requireComplete(config);
  return config;
}

/**
 * Checks what settings need of each other.
 * @throws {@link ConfigError}
 */
export function requireComplete({
  mail,
  oidc,
  publicUrl,
  requireVerifiedEmail,
}: Pick<Config, 'mail' | 'oidc' | 'publicUrl' | 'requireVerifiedEmail'>): void {
  if (oidc.length > 0 && publicUrl === undefined)
    throw new ConfigError('PUBLIC_URL must be set with OIDC_ISSUERS: users come back to it');
  if (mail && publicUrl === undefined)
    throw new ConfigError('PUBLIC_URL must be set with SMTP_URL: links in mails are built from it');
  if (requireVerifiedEmail && !mail)
    throw new ConfigError('SMTP_URL must be set with REQUIRE_VERIFIED_EMAIL');
}

/** A URL without its credentials and query, for logs and error messages. */
export function withoutSecrets(url: string): string {
  if (!URL.canParse(url) || url.startsWith('file:')) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
