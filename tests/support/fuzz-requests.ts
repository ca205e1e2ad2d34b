import fc from 'fast-check';
import { routes } from '../../src/rest-compat/routes.ts';
import { appRouter } from '../../src/server/api/app-router.ts';
import type { WireRequest } from './pipeline.ts';

/** A request, and what is known of its answer beforehand. */
export interface FuzzRequest extends WireRequest {
  /** Whatever else it may be, it is not right: the answer must be a 4xx. */
  isInvalid: boolean;
  /** It may begin an endless stream. */
  isStream: boolean;
  describe: string;
}

export interface World {
  token: string;
  /** Of another session of the same user. */
  sessionId: number;
  /** Of an access token of the same user. */
  accessTokenId: number;
  /** Of a message of the user to themselves. */
  ownMessageId: number;
  /** Of a message of another user. */
  inboxMessageId: number;
  roomId: number;
  /** Of a message in the room. */
  roomMessageId: string;
  /** Of an invitation to the room. */
  inviteId: number;
  inviteCode: string;
  /** Of links in mails. */
  verifyToken: string;
  resetToken: string;
  /** Of log-ins with another service: one that has begun, and one that the service has confirmed. */
  begunLogin: string;
  confirmedLogin: string;
  /** Of a log-in that is linked with the user's account. */
  identityId: number;
}

// safe: where tRPC keeps them, by their paths
const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
export const procedureNames = Object.keys(procedures);

/** Fields of all procedures and paths, each as it should be. What a procedure does not know, it does not look at. */
const goodFields = ({ token, ownMessageId, roomId, inviteCode }: World): Record<string, unknown> => ({
  username: 'fuzz',
  usernames: ['fuzz'],
  email: 'fuzz@example.com',
  password: 'the right one',
  newPassword: 'the right one',
  avatarUrl: 'https://example.com/a.png',
  avatar_url: '',
  description: 'words',
  device: 'phone',
  issuer: 'company',
  link: false,
  url: 'https://chat.example/oidc/company?code=x',
  recipient: 'fuzz',
  to: 'fuzz',
  with: 'fuzz',
  emoji: '👍',
  scope: 'me',
  scopes: ['chat:read'],
  expiresAt: '2099-01-01T00:00:00Z',
  whoMayWrite: 'everyone',
  readReceipts: true,
  presence: 'everyone',
  findable: true,
  prefix: 'fuzz',
  message: 'hello',
  text: 'hello',
  id: ownMessageId,
  upTo: ownMessageId,
  limit: 5,
  query: 'hello',
  order: 'rank',
  message_id: ownMessageId,
  room_id: roomId,
  roomId,
  room_name: 'a room',
  name: 'general',
  is_private: false,
  token,
  isTyping: true,
  role: 'member',
  ban: true,
  until: '2030-01-01T00:00:00Z',
  topic: 'words',
  slowModeSeconds: 0,
  history: 'kept',
  lifespanSeconds: null,
  around: '1-0',
  cursor: null,
  code: inviteCode,
  maxUses: 5,
  expiresInSeconds: 60,
  passkey: usedPasskey,
});

const credential = { id: 'unknown', rawId: 'unknown', type: 'public-key' };
const clientDataJSON = Buffer.from('{"challenge":"unknown","origin":"http://localhost"}').toString(
  'base64url',
);
const usedPasskey = {
  ...credential,
  response: { clientDataJSON, authenticatorData: 'unknown', signature: 'unknown' },
};
const madePasskey = { ...credential, response: { clientDataJSON, attestationObject: 'unknown' } };

/** The fields of one path that are good with other values than elsewhere. */
function ownFields(world: World, path: string, newcomer: string): Record<string, unknown> {
  if (path.endsWith('register')) return { username: newcomer, email: `${newcomer}@example.com` };
  if (/block$|transferOwnership$/.test(path)) return { username: 'somebody' };
  if (path === 'chat.removeMember') return { username: 'a member' };
  // Nothing else could be asked afterwards.
  if (path === 'auth.deleteAccount') return { password: 'a wrong one' };
  if (path === 'auth.verifyEmail') return { token: world.verifyToken };
  if (path === 'auth.resetPassword') return { token: world.resetToken };
  if (path === 'auth.finishOidc') return { login: world.begunLogin };
  if (path === 'auth.registerOidc') return { login: world.confirmedLogin, username: newcomer };
  if (path === 'auth.linkOidc') return { login: world.confirmedLogin };
  if (path === 'auth.unlinkOidc') return { id: world.identityId };
  if (path === 'auth.revokeSession') return { id: world.sessionId };
  if (path === 'auth.revokeToken') return { id: world.accessTokenId };
  if (path === 'auth.confirm') return { code: undefined, passkey: undefined };
  if (path === 'auth.finishLogin') return { challenge: 'unknown', passkey: undefined };
  if (path === 'auth.finishPasskey') return { passkey: madePasskey };
  if (path === 'users.setAvatar') return { fileId: null };
  if (/^inbox\.(un)?react$/.test(path)) return { id: world.inboxMessageId };
  if (path === 'chat.revokeInvite') return { id: world.inviteId };
  if (path === 'chat.createRoom') return { name: newcomer };
  const message = { id: world.roomMessageId, upTo: world.roomMessageId };
  // An ephemeral room keeps no messages for a time.
  if (path === 'chat.updateRoom') return { lifespanSeconds: undefined };
  return path.startsWith('chat.') ? message : {};
}

const hostileNames = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', 'then'];

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\ud800',
    '\udc00x',
    '\u202e',
    '😀'.repeat(60),
    'x'.repeat(101),
    'x'.repeat(17_000),
    "'; DROP TABLE users; --",
    '$(id)',
    '../../etc/passwd',
    '%00',
    '%',
    '\r\nSet-Cookie: x=1',
    '-1',
    '1e999',
    '0x10',
    'NaN',
    '9'.repeat(30),
    '1-1',
    '__proto__',
  ),
);

const hostileNumber = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, 5e-324),
);

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  { weight: 3, arbitrary: hostileNumber },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { length: 1 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...hostileNames), hostileText).map(([name, text]) =>
      // As JSON.parse makes it: a key of its own, even of this name.
      JSON.parse(`{${JSON.stringify(name)}:{"polluted":${JSON.stringify(text)}}}`),
    ),
  },
);

/** What an arbitrary gives. */
type Given<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** Changes of the fields that are good: some are hostile, some missing, some more than should be there. */
const changes = fc.record({
  /** A password costs more than all the rest of a request, so few have one, unless they are nothing without. */
  hasPassword: fc.nat(19).map((n) => n === 0),
  hasNeededPassword: fc.nat(2).map((n) => n === 0),
  /** No user and no room has this name. */
  newcomer: fc.stringMatching(/^[a-z]{12}$/),
  values: fc.oneof(fc.constant([]), fc.array(fc.tuple(fc.nat(), hostileValue), { maxLength: 4 })),
  missing: fc.oneof(fc.constant([]), fc.array(fc.nat(), { maxLength: 2 })),
  more: fc.option(fc.tuple(fc.constantFrom(...hostileNames), hostileValue), { freq: 3 }),
});

function changed(
  world: World,
  path: string,
  { hasPassword, hasNeededPassword, newcomer, values, missing, more }: Given<typeof changes>,
): Record<string, unknown> {
  const fields = { ...goodFields(world), ...ownFields(world, path, newcomer) };
  const names = Object.keys(fields);
  const needsPassword = /register$|login$|password$/i.test(path);
  if (!(needsPassword ? hasNeededPassword : hasPassword))
    for (const name of ['password', 'newPassword']) delete fields[name];
  for (const [index, value] of values) fields[names[index % names.length] ?? ''] = value;
  for (const index of missing) delete fields[names[index % names.length] ?? ''];
  // Defined, since an assignment to some of these names would do something else.
  if (more) Object.defineProperty(fields, more[0], { value: more[1], enumerable: true, configurable: true });
  return fields;
}

/** The text of a JSON document, or of what was to be one. */
const spoil = fc.oneof(
  { weight: 12, arbitrary: fc.constant((json: string) => json) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<(json: string) => string>(
      (json) => json.slice(0, -1),
      (json) => json.slice(0, json.length / 2),
      (json) => `${json}}`,
      (json) => json.replace(/:(\d+)/, ':1e999'),
      (json) => json.replace('{', '{"__proto__":{"polluted":1},'),
      (json) => `[${json}]`,
      () => '',
      () => 'null',
      () => '"text"',
      () => `${'['.repeat(5000)}`,
      () => `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`,
      () => 'NaN',
      () => '\uFEFF{}',
      () => `{"x":"${'x'.repeat(140_000)}"}`,
    ),
  },
);

const authorizations = fc.oneof(
  { weight: 8, arbitrary: fc.constant('good' as const) },
  { weight: 2, arbitrary: fc.constant('none' as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'Bearer',
      'Bearer  ',
      'Basic eDp4',
      'x'.repeat(5000),
      'null',
      '__proto__',
      'Ã©ÿ',
      '%00',
    ),
  },
);

const extraHeaders = fc.oneof(
  { weight: 8, arbitrary: fc.constant<string[]>([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.constantFrom(
        'Accept: application/jsonl',
        'trpc-accept: application/jsonl',
        'X-Request-Id: a b',
        `X-Request-Id: ${'x'.repeat(3000)}`,
        'X-Forwarded-For: 1.2.3.4, ::1, nonsense',
        'Cookie: a=b; __proto__=x',
        'Origin: https://evil.example',
        'Origin: null',
        'Access-Control-Request-Method: POST',
        'Last-Event-ID: x',
        'Content-Encoding: gzip',
        'If-None-Match: *',
        'Range: bytes=0-1',
        '__proto__: x',
        'X-Weird: \x80\xff',
        'Accept-Encoding: br, gzip',
        'TE: trailers',
        'X-HTTP-Method-Override: DELETE',
      ),
      { maxLength: 4 },
    ),
  },
);

const contentTypes = fc.oneof(
  { weight: 12, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'text/plain',
      'application/json; charset=utf-16',
      'application/JSON ;',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      'application/octet-stream',
      'json',
    ),
  },
);

const methods = fc.oneof(
  { weight: 15, arbitrary: fc.constant('right' as const) },
  { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH') },
);

const targets = [
  ...routes.map(({ method, path }) => ({ kind: 'rest' as const, method: method.toUpperCase(), path })),
  ...procedureNames.map((path) => ({ kind: 'trpc' as const, method: '', path })),
  // Pages; the first is there once the web client has been built.
  ...['/', '/docs', '/openapi.json'].map((path) => ({ kind: 'page' as const, method: 'GET', path })),
  ...[
    '/no_such_path',
    '/api',
    '/api/',
    '/api//rooms',
    '/trpc',
    '/trpc/',
    '/trpc/__proto__',
    '/%',
    '/api/..',
    '//x',
    '/api/%zz',
    '/docs/../package.json',
  ].map((path) => ({ kind: 'none' as const, method: 'GET', path })),
];

const ingredients = fc.record({
  target: fc.constantFrom(...targets),
  changes,
  spoil,
  authorization: authorizations,
  headers: extraHeaders,
  contentType: contentTypes,
  method: methods,
  /** Of the path; null for the right one. */
  part: fc.option(hostileText, { freq: 1 }),
  isBatch: fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 25 }) },
  ),
  isChunked: fc.oneof(
    { weight: 8, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  inQuery: fc.boolean(),
});

const isObject = (text: string) => {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

const upload = '/api/upload_file';

/** What the path that takes files takes instead of JSON. */
function form({ roomId }: World) {
  const fields = [
    `name="room_id"\r\n\r\n${roomId}`,
    'name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello',
  ];
  const parts = fields.map((field) => `--x\r\nContent-Disposition: form-data; ${field}\r\n`);
  return { contentType: 'multipart/form-data; boundary=x', body: `${parts.join('')}--x--\r\n` };
}

/** Sends the whole of what was generated, as HTTP that is well-formed. */
function build(world: World, from: Given<typeof ingredients>): FuzzRequest {
  const { target, spoil: spoilt, authorization, isBatch } = from;
  let contentType: string = from.contentType;
  const type = procedures[target.path]?._def.type;
  const usual = target.kind === 'trpc' ? (type === 'mutation' ? 'POST' : 'GET') : target.method;
  const method = from.method === 'right' ? usual : from.method;
  const json = spoilt(JSON.stringify(changed(world, target.path, from.changes)));
  const encoded = encodeURIComponent(json.slice(0, 6000).toWellFormed());
  let path = target.path;
  let body = '';
  if (target.kind === 'rest') {
    const right = path.includes('room') ? `${world.roomId}` : 'fuzz';
    const part = encodeURIComponent((from.part ?? right).slice(0, 500).toWellFormed());
    path = path.replace(/\{.*\}/, part);
    if (usual === 'GET') path += `?room_id=${from.inQuery ? part : world.roomId}`;
    else if (target.path === upload && contentType === 'application/json')
      ({ contentType, body } = form(world));
    else body = json;
  } else if (target.kind === 'trpc') {
    path = `/trpc/${target.path}`;
    if (isBatch > 0) path += `${`,${target.path}`.repeat(isBatch - 1)}?batch=1`;
    const input = isBatch > 0 ? `{"0":${json}}` : json;
    if (usual === 'GET')
      path += `${isBatch > 0 ? '&' : '?'}input=${isBatch > 0 ? encodeURIComponent(input.slice(0, 3000).toWellFormed()) : encoded}`;
    else body = input;
  }
  const hasBody = body !== '' || method === 'POST';
  const bytes = Buffer.from(body);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: mirage',
    ...(authorization === 'none'
      ? []
      : [`Authorization: ${authorization === 'good' ? world.token : authorization}`]),
    ...(contentType !== '' && hasBody ? [`Content-Type: ${contentType}`] : []),
    ...from.headers,
  ];
  const isChunked = hasBody && from.isChunked;
  if (isChunked) lines.push('Transfer-Encoding: chunked');
  else if (hasBody) lines.push(`Content-Length: ${bytes.length}`);
  const payload = isChunked ? chunk(bytes) : bytes;

  const hasToken = authorization === 'good';
  const isOpen = [
    'auth.register',
    'auth.login',
    'server.info',
    'users.count',
    'auth.verifyEmail',
    'auth.requestPasswordReset',
    'auth.startPasskeyLogin',
    'auth.resetPassword',
    'auth.startOidc',
    'auth.finishOidc',
    'auth.registerOidc',
    'users.get',
    'chat.getInvite',
  ].includes(target.path);
  const isRight = method === usual;
  const isInvalid =
    isRight &&
    isBatch === 0 &&
    ((target.kind === 'trpc' && !hasToken && !isOpen && type !== 'subscription') ||
      (target.kind === 'rest' && usual === 'POST' && target.path !== upload && !isObject(body)) ||
      target.kind === 'none');
  return {
    bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), payload]),
    isHead: method === 'HEAD',
    isInvalid,
    isStream: type === 'subscription' && method === 'GET' && isBatch === 0,
    describe: lines.join('\n').slice(0, 500) + (body ? `\n\n${body.slice(0, 500)}` : ''),
  };
}

function chunk(bytes: Buffer): Buffer {
  const half = Math.floor(bytes.length / 2);
  const parts = [bytes.subarray(0, half), bytes.subarray(half)].filter(({ length }) => length > 0);
  return Buffer.concat([
    ...parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
    Buffer.from('0\r\n\r\n'),
  ]);
}

/** The request of each path and procedure as it should be. */
export const goodRequests: ((world: World) => FuzzRequest)[] = targets
  .filter(({ kind }) => kind === 'rest' || kind === 'trpc')
  .map((target, n) => (world) => {
    const fields = { hasPassword: true, hasNeededPassword: true, newcomer: `newcomer${n}` };
    return build(world, {
      target,
      changes: { ...fields, values: [], missing: [], more: null },
      spoil: (json) => json,
      authorization: 'good',
      headers: [],
      contentType: 'application/json',
      method: 'right',
      part: null,
      isBatch: 0,
      isChunked: false,
      inQuery: false,
    });
  });

/** Requests of every path and procedure, from good ones to hostile ones, in well-formed HTTP. */
export const fuzzRequest = (world: World): fc.Arbitrary<FuzzRequest> =>
  ingredients.map((from) => build(world, from));

/** Bytes that were requests: cut off, changed, put together in the wrong way. */
export const brokenBytes = (world: World): fc.Arbitrary<Buffer> =>
  fc
    .record({
      requests: fc.array(
        fuzzRequest(world).filter(({ isStream, isHead }) => !isStream && !isHead),
        { minLength: 1, maxLength: 3 },
      ),
      how: fc.constantFrom('cut', 'flip', 'insert', 'length', 'nothing', 'version'),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      with: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    })
    .map(({ requests, how, at, with: other }) => {
      const bytes = Buffer.concat(requests.map(({ bytes }) => bytes));
      const index = Math.floor(at * (bytes.length - 1));
      if (how === 'cut') return bytes.subarray(0, index);
      if (how === 'flip')
        return Buffer.concat([bytes.subarray(0, index), other, bytes.subarray(index + other.length)]);
      if (how === 'insert') return Buffer.concat([bytes.subarray(0, index), other, bytes.subarray(index)]);
      const text = bytes.toString('latin1');
      if (how === 'length')
        return Buffer.from(text.replace(/Content-Length: \d+/, `Content-Length: ${index}`), 'latin1');
      if (how === 'version') return Buffer.from(text.replace('HTTP/1.1', `HTTP/${other[0]}.0`), 'latin1');
      return bytes;
    });
