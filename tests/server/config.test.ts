import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/server/core/config.ts';

/** The `NAME=value` lines of .env.example. */
const example = Object.fromEntries(
  readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
);

const wholeNumber = ['-1', '1.5', '1e3', '0x10', ' 7', '7 ', 'many', '99999999999999999999'];

const issuer = { id: 'company', issuer: 'https://login.example', clientId: 'mirage' };

const wrong: Record<string, string[]> = {
  PORT: [...wholeNumber, '65536'],
  DATABASE_URL: [
    'file:',
    './data/mirage.db',
    'mysql://mirage:s3cret@localhost/mirage',
    'postgresql://',
    ' file:x',
    'file:./mirage.db?connection_limit=1',
  ],
  DATABASE_POOL: [...wholeNumber, '1', '1001'],
  REDIS_URL: ['localhost:6379', 'http://localhost', 'redis://', ' redis://localhost'],
  REDIS_PREFIX: ['a b', '*', 'x'.repeat(65)],
  MAX_MESSAGES: [...wholeNumber, '0', '10000001'],
  MESSAGE_LIFESPAN: [...wholeNumber, '0', '315360001'],
  RING_FAIRNESS: ['true', '1', 'ON', 'fair'],
  ROOM_MESSAGES_SNAPSHOT: [' ', './folder/', '/'],
  KEPT_ROOMS: ['true', '1', 'ON', 'no'],
  KEPT_ROOM_LIFESPAN: [...wholeNumber, '0', '315360001'],
  SYSTEM_MESSAGES: ['on', 'ephemeral', 'KEPT'],
  FILES_URL: ['./files', 'file:', 'file:./files?x=1', 's3:', 's3://', 'https://s3.example/bucket', 'OFF'],
  AWS_ACCESS_KEY_ID: ['a key', ' ', 'é'],
  AWS_SECRET_ACCESS_KEY: ['a key', 'x'.repeat(4097)],
  AWS_SESSION_TOKEN: ['a token'],
  AWS_REGION: ['eu west'],
  FILES_DIRECT_READS: ['true', '1', 'ON'],
  FILES_ORIGIN: ['files.example', 'https://files.example/', 'https://files.example/x', 'ftp://files.example'],
  FILE_URL_TTL: [...wholeNumber, '59', '604801'],
  MAX_FILE_SIZE: [...wholeNumber, '0', '2147483648'],
  FILE_QUOTA_USER: wholeNumber,
  FILE_QUOTA_TOTAL: wholeNumber,
  FILE_TYPES: ['image', 'image/', '*/*', 'image/*;q=1', 'image/*,,video/*', ','],
  MAX_UPLOADS_PER_USER: [...wholeNumber, '0', '1001'],
  KEEP_PHOTO_METADATA: ['true', '1', 'ON'],
  EXTERNAL_AVATARS: ['true', '1', 'ON'],
  MAX_PUBLIC_ROOMS: [...wholeNumber, '1000001'],
  MAX_ROOMS_PER_USER: [...wholeNumber, '1000001'],
  MAX_MEMBERSHIPS_PER_USER: [...wholeNumber, '0', '1000001'],
  MAX_SESSIONS_PER_USER: [...wholeNumber, '0', '1000001'],
  MAX_TICKETS_PER_USER: [...wholeNumber, '0', '1000001'],
  MAX_TOKENS_PER_USER: [...wholeNumber, '1001'],
  SESSION_TTL: [...wholeNumber, '0', '59', '315360001'],
  PUBLIC_URL: [
    'chat.example',
    'ftp://chat.example',
    'https://',
    'https://me:secret@chat.example',
    'https://chat.example/?x=1',
    'https://chat.example/#x',
    'https://chat.example/a;b',
  ],
  PASSWORD_RULES: ['on', 'off', 'LEGACY'],
  SMTP_URL: [
    'mail.example',
    'http://mail.example',
    'smtp://',
    'smtp://mail.example/x',
    'smtp://mail.example?tls=off',
    'smtp://mail.example#x',
    'smtp://me:100%@mail.example',
  ],
  MAIL_FROM: [
    'mirage',
    'mirage@',
    'é@mail.example',
    'Mirage <>',
    'a@x.example, b@x.example',
    'x\r\ny <a@x.example>',
  ],
  REQUIRE_VERIFIED_EMAIL: ['true', '1', 'ON'],
  REQUIRE_SECOND_FACTOR: ['true', '1', 'ON'],
  OIDC_ISSUERS: [
    'https://login.example',
    '{}',
    '[',
    ...[
      [{}],
      [{ id: 'company', issuer: 'https://login.example' }],
      [{ ...issuer, id: 'The Company' }],
      [{ ...issuer, label: ' ' }],
      [{ ...issuer, issuer: 'http://login.example' }],
      [{ ...issuer, issuer: 'https://me:s3cret@login.example' }],
      [{ ...issuer, issuer: 'https://login.example/.well-known/openid-configuration' }],
      [{ ...issuer, clientSecret: '' }],
      [{ ...issuer, scope: 'a  b' }],
      [{ ...issuer, secret: 's3cret' }],
      [issuer, { ...issuer, issuer: 'https://other.example' }],
      [issuer, { ...issuer, id: 'other', issuer: `${issuer.issuer}/` }],
    ].map((list) => JSON.stringify(list)),
  ],
  KEEP_ALIVE_TIMEOUT: [...wholeNumber, '0', '3601'],
  EDIT_WINDOW: [...wholeNumber, '315360001'],
  CHANGES_KEPT: [...wholeNumber, '59', '315360001'],
  CORS_ORIGIN: [
    'chat.example',
    'https://chat.example/',
    'https://a.example,*',
    'null',
    'https://a.example,',
    '**',
  ],
  TRUST_PROXY: [...wholeNumber, '33', 'true'],
  RATE_LIMIT: ['true', '1', 'ON', 'no'],
  KEEPALIVE_URL: ['example.org', 'ftp://example.org', '/ping', 'https://'],
  METRICS_TOKEN: [
    'x'.repeat(15),
    'x'.repeat(257),
    'with a space in it',
    'passé passé passé',
    'line\n'.repeat(5),
  ],
  LOG_LEVEL: ['verbose', 'INFO', '30', 'debug '],
};

function errorOf(env: Record<string, string>): unknown {
  try {
    return loadConfig(env);
  } catch (error) {
    return error;
  }
}

describe.each(Object.entries(wrong))('%s', (name, values) => {
  it('rejects invalid values with one line that names the setting', () => {
    for (const value of values) {
      const error = errorOf({ [name]: value });
      expect(error, value).toBeInstanceOf(ConfigError);
      expect(error).toMatchObject({ message: expect.stringMatching(new RegExp(`^${name} must [^\n]*$`)) });
    }
  });

  it('does not reveal the invalid value', () => {
    expect(new Set(values.map((value) => String(errorOf({ [name]: value })))).size).toBe(1);
  });

  it('treats an empty value as unset', () => {
    expect(loadConfig({ [name]: '' })).toEqual(loadConfig({}));
  });
});

it('names every invalid setting in one line', () => {
  const error = errorOf({ PORT: 'x', LOG_LEVEL: 'loud', RATE_LIMIT: 'on' });
  expect(error).toMatchObject({
    message: expect.stringMatching(/^PORT must [^;\n]*; LOG_LEVEL must [^;\n]*$/),
  });
});

it('never repeats secrets of an invalid URL', () => {
  const secrets = {
    DATABASE_URL: 'mysql://mirage:s3cret@localhost/mirage',
    REDIS_URL: 'http://mirage:s3cret@localhost',
    KEEPALIVE_URL: 'ftp://mirage:s3cret@localhost/',
    CORS_ORIGIN: 'https://mirage:s3cret@localhost',
  };
  expect(String(errorOf(secrets))).not.toContain('s3cret');
});

describe('.env.example', () => {
  it('lists exactly the existing settings', () => {
    expect(Object.keys(example).sort()).toEqual([...Object.keys(wrong), 'HOST'].sort());
  });

  it('states the defaults', () => {
    expect(loadConfig(example)).toEqual(loadConfig({}));
  });

  it('states every default: removing any line changes nothing', () => {
    for (const name of Object.keys(example))
      expect(loadConfig({ ...example, [name]: undefined }), name).toEqual(loadConfig(example));
  });
});

it('takes settings of mail together alone', () => {
  const mail = { SMTP_URL: 'smtps://me:s3cret@mail.example', MAIL_FROM: 'Mirage <mirage@chat.example>' };
  const PUBLIC_URL = 'https://chat.example';
  expect(
    loadConfig({ ...mail, PUBLIC_URL, REQUIRE_VERIFIED_EMAIL: 'on', PASSWORD_RULES: 'everywhere' }),
  ).toMatchObject({
    mail: { url: mail.SMTP_URL, from: { name: 'Mirage', address: 'mirage@chat.example' } },
    requireVerifiedEmail: true,
    passwordRules: 'everywhere',
  });
  expect(loadConfig({ ...mail, MAIL_FROM: 'mirage@chat.example', PUBLIC_URL }).mail?.from).toEqual({
    name: '',
    address: 'mirage@chat.example',
  });
  for (const [env, message] of [
    [mail, 'PUBLIC_URL must be set with SMTP_URL'],
    [{ PUBLIC_URL, SMTP_URL: mail.SMTP_URL }, 'SMTP_URL and MAIL_FROM must be set together'],
    [{ PUBLIC_URL, MAIL_FROM: mail.MAIL_FROM }, 'SMTP_URL and MAIL_FROM must be set together'],
    [{ REQUIRE_VERIFIED_EMAIL: 'on' }, 'SMTP_URL must be set with REQUIRE_VERIFIED_EMAIL'],
  ] as const)
    expect(errorOf(env)).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(message) });
});

it('takes other services to log in with, where users can come back to', () => {
  const OIDC_ISSUERS = JSON.stringify([
    issuer,
    {
      ...issuer,
      id: 'local',
      label: 'Here',
      issuer: 'http://localhost:8080/x',
      clientSecret: 's3cret',
      scope: 'openid email',
    },
  ]);
  expect(loadConfig({ OIDC_ISSUERS, PUBLIC_URL: 'https://chat.example' }).oidc).toEqual([
    {
      id: 'company',
      label: 'company',
      url: 'https://login.example',
      clientId: 'mirage',
      clientSecret: undefined,
      scope: 'openid profile email',
    },
    {
      id: 'local',
      label: 'Here',
      url: 'http://localhost:8080/x',
      clientId: 'mirage',
      clientSecret: 's3cret',
      scope: 'openid email',
    },
  ]);
  expect(errorOf({ OIDC_ISSUERS })).toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining('PUBLIC_URL must be set with OIDC_ISSUERS'),
  });
});

it('reads each setting', () => {
  expect(
    loadConfig({
      HOST: '0.0.0.0',
      PORT: '8080',
      DATABASE_URL: 'file:/var/lib/mirage.db',
      MAX_MESSAGES: '7',
      MESSAGE_LIFESPAN: '60',
      RING_FAIRNESS: 'on',
      MAX_PUBLIC_ROOMS: '0',
      MAX_ROOMS_PER_USER: '7',
      MAX_MEMBERSHIPS_PER_USER: '8',
      MAX_SESSIONS_PER_USER: '9',
      MAX_TICKETS_PER_USER: '10',
      MAX_TOKENS_PER_USER: '11',
      SESSION_TTL: '3600',
      CORS_ORIGIN: 'https://a.example, http://localhost:3000',
      PUBLIC_URL: 'https://chat.example:8443/team/chat/',
      TRUST_PROXY: '1',
      KEEP_ALIVE_TIMEOUT: '30',
      RATE_LIMIT: 'off',
      KEEPALIVE_URL: 'https://mirage.example/api/ping',
      LOG_LEVEL: 'trace',
      REQUIRE_SECOND_FACTOR: 'on',
      UNKNOWN: 'and ignores the rest of the environment',
    }),
  ).toMatchObject({
    host: '0.0.0.0',
    port: 8080,
    databaseUrl: 'file:/var/lib/mirage.db',
    roomMessages: { capacity: 7, isFair: true, ttlMs: 60_000 },
    maxPublicRooms: 0,
    maxPerUser: { rooms: 7, memberships: 8, sessions: 9, tickets: 10, tokens: 11 },
    sessionTtlMs: 3_600_000,
    corsOrigin: ['https://a.example', 'http://localhost:3000'],
    publicUrl: 'https://chat.example:8443/team/chat',
    trustedProxies: 1,
    keepAliveTimeoutMs: 30_000,
    rateLimit: false,
    keepAliveUrl: 'https://mirage.example/api/ping',
    logLevel: 'trace',
    requireSecondFactor: true,
  });
});
