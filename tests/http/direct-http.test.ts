import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { expect, it, onTestFinished } from 'vitest';
import { appRouter } from '../../src/server/api/app-router.ts';
import { tokenOf } from '../../src/server/api/context.ts';
import type { Deps } from '../../src/server/services/shared/deps.ts';
import { openFront } from '../support/dispatcher.ts';
import { startMirage } from '../support/harness.ts';

interface Case {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Mirage rejects these before tRPC does, with a message of its own. */
  ownWording?: true;
}

const page = 'https://chat.example';
const exposed = 'Retry-After, X-Request-Id';
const json = { 'content-type': 'application/json' };
const input = (value: unknown) => `?input=${encodeURIComponent(JSON.stringify(value))}`;
const inputs = (...values: unknown[]) => `input=${encodeURIComponent(JSON.stringify({ ...values }))}`;
const sent = (text: unknown) => JSON.stringify({ recipient: 'ada', text });

/** Sent with Ada's token, unless a case has its own. */
const cases: Record<string, Case> = {
  'a query without input': { path: 'inbox.countMessages' },
  'a query with input': { path: `users.get${input({ username: 'ada' })}` },
  'a query with text beyond ASCII': { path: `users.get${input({ username: 'Zoë🎉' })}` },
  'a query with an empty query string': { path: 'inbox.countMessages?' },
  'a query with an empty input': { path: 'inbox.countMessages?input=' },
  'a query whose answer is a bare number': { path: 'users.count' },
  'a mutation': { path: 'users.updateProfile', body: '{"description":"hello"}', headers: json },
  'a mutation without a result': {
    path: 'auth.changePassword',
    body: '{"newPassword":"a new password"}',
    headers: json,
  },
  'a mutation with a character set': {
    path: 'users.updateProfile',
    body: '{"description":"é"}',
    headers: { 'content-type': 'application/json; charset=utf-8' },
  },
  'an error of the service': { path: 'inbox.deleteMessage', body: '{"id":99}', headers: json },
  'a validation error of a query': { path: `users.get${input({ username: 5 })}` },
  'a validation error of a mutation': { path: 'inbox.sendMessage', body: sent(5), headers: json },
  'a mutation without a body': { path: 'inbox.sendMessage', method: 'POST', headers: json },
  'no token': { path: 'inbox.countMessages', headers: { authorization: '' } },
  'an unknown token': { path: 'inbox.countMessages', headers: { authorization: 'Bearer nobody' } },
  'an unknown procedure': { path: 'inbox.nothing' },
  'a name of Object.prototype': { path: 'constructor' },
  'a query by POST': { path: 'users.count', body: '{}', headers: json },
  'a mutation by GET': { path: `inbox.deleteMessage${input({ id: 1 })}` },
  'bad JSON in a body': { path: 'inbox.sendMessage', body: '{"recipient":', headers: json },
  'bad JSON in a query': { path: 'users.get?input={oops' },
  'bad JSON without a token': {
    path: 'inbox.sendMessage',
    body: '{oops',
    headers: { ...json, authorization: '' },
  },
  'broken percent encoding in a query': { path: 'users.get?input=%E0%A4%A' },
  'a plus in a query': { path: 'users.get?input=%7B%22username%22:%22a+b%22%7D' },
  'more than one parameter': { path: `users.get${input({ username: 'ada' })}&x=1` },
  'a batch': { path: 'users.count,inbox.countMessages?batch=1&input={}' },
  'a batch of mutations with one that fails': {
    path: 'inbox.deleteMessage,users.updateProfile?batch=1',
    body: '{"0":{"id":99},"1":{"description":"both"}}',
    headers: json,
  },
  'a batch of one': { path: `users.get?batch=1&${inputs({ username: 'ada' })}` },
  'a batch without inputs': { path: 'users.count,inbox.countMessages?batch=1' },
  'a batch with an empty input': { path: 'users.count,inbox.countMessages?batch=1&input=' },
  'a batch of the same query': {
    path: `users.get,users.get,users.get?batch=1&${inputs({ username: 'ada' }, { username: 'bob' }, 5)}`,
  },
  'a batch whose calls all fail alike': {
    path: `users.get,users.get?batch=1&${inputs({ username: 'bob' }, { username: 'bob' })}`,
  },
  'a batch of which one needs a token': {
    path: 'users.count,inbox.countMessages?batch=1',
    headers: { authorization: '' },
  },
  'a batch that all need a token': {
    path: 'inbox.countMessages,inbox.countMessages?batch=1',
    headers: { authorization: '' },
  },
  'a batch with bad JSON': { path: 'users.get,users.get?batch=1&input={oops' },
  'a batch with bad JSON and a call that has no input': {
    path: 'users.get,users.count?batch=1&input={oops',
  },
  'a batch whose inputs are a list': { path: `users.get?batch=1&input=${encodeURIComponent('[{}]')}` },
  'a batch whose inputs are a number': { path: 'users.get?batch=1&input=5' },
  'a batch whose inputs are null': { path: 'users.get?batch=1&input=null' },
  'a batch with an unknown procedure': { path: 'users.count,nothing.here?batch=1' },
  'a batch with a name of Object.prototype': { path: 'users.count,constructor?batch=1' },
  'a batch with an empty name': { path: 'users.count,,users.count?batch=1' },
  'a batch of encoded names': { path: `users.count${encodeURIComponent(',')}inbox.countMessages?batch=1` },
  'a batch of a query and a mutation': { path: 'users.count,inbox.deleteMessage?batch=1' },
  'a batch of mutations by GET': { path: 'inbox.deleteMessage,inbox.deleteMessage?batch=1' },
  'a batch of queries by POST': { path: 'users.count,users.count?batch=1', body: '{}', headers: json },
  'a batch with a subscription': { path: 'inbox.onMessage,inbox.onMessage?batch=1' },
  'a batch of 20': { path: `${Array(20).fill('users.count').join()}?batch=1` },
  'a batch of 21': { path: `${Array(21).fill('users.count').join()}?batch=1` },
  'a batch with the number elsewhere': { path: 'users.count,users.count?input={}&batch=1' },
  'a batch with a number that is not 1': { path: 'users.count,users.count?batch=10' },
  'a batch with more parameters': { path: 'users.count,users.count?batch=1&input={}&x=1' },
  'a batch of mutations without a body': {
    path: 'users.updateProfile,inbox.deleteMessage?batch=1',
    method: 'POST',
    headers: json,
  },
  'a batch of mutations with bad JSON': {
    path: 'users.updateProfile,inbox.deleteMessage?batch=1',
    body: '{"0":',
    headers: json,
  },
  'a batch of mutations with inputs in the query': {
    path: `users.updateProfile?batch=1&${inputs({})}`,
    body: '{"0":{"description":"x"}}',
    headers: json,
  },
  'an oversized body': {
    path: 'inbox.sendMessage',
    body: sent('x'.repeat(140_000)),
    headers: json,
    ownWording: true,
  },
  'a wrong content type': {
    path: 'inbox.sendMessage',
    body: 'recipient=ada',
    headers: { 'content-type': 'text/plain' },
    ownWording: true,
  },
  'no content type': { path: 'inbox.sendMessage', body: sent('x'), ownWording: true },
};

it.each(Object.entries(cases))("answers %s as tRPC's stock handler does", async (_name, request) => {
  const mirage = await startMirage();
  const { token } = await mirage.user('ada');
  const stock = await openStock(mirage.deps);
  for (const from of [{}, { origin: page }]) {
    const asked = { ...request, headers: { ...request.headers, ...from } };
    // Both share one database; none of these requests changes the answer to its repetition.
    const [ours, theirs] = [
      await ask(`${mirage.url}/trpc`, asked, token),
      await ask(stock.url, asked, token),
    ];

    expect(ours.status).toBe(theirs.status);
    expect(ours.headers['content-type']).toBe('application/json');
    expect(corsOf(ours)).toEqual(corsOf(theirs));
    if (request.ownWording) {
      expect(ours.body).toMatchObject({ error: { data: { reason: reasonIn(theirs.body) } } });
      continue;
    }
    expect(ours.text).toBe(theirs.text);
    expect(ours.headers.vary).toBe(['Origin', theirs.headers.vary].filter(Boolean).join(', '));
    for (const name of ['allow', 'retry-after']) expect(ours.headers[name], name).toBe(theirs.headers[name]);
  }
});

it.each<[string, Case]>([
  ['a query', { path: 'users.count' }],
  ['a mutation', { path: 'users.updateProfile', body: '{"description":"hello"}', headers: json }],
  ['an error', { path: 'inbox.deleteMessage', body: '{"id":99}', headers: json }],
])(
  'grants allowed origins access to the answer to %s, in the direct path and in the stock handler',
  async (_, request) => {
    const mirage = await startMirage({ corsOrigin: [page] });
    const { token } = await mirage.user('ada');
    for (const origin of [page, 'https://elsewhere.example', undefined]) {
      const headers = { ...request.headers, ...(origin && { origin }) };
      // A call with this header is left to tRPC's handler, which must answer the same.
      const byStock = { ...headers, 'trpc-accept': 'application/json' };
      const fast = await ask(`${mirage.url}/trpc`, { ...request, headers }, token);
      const stock = await ask(`${mirage.url}/trpc`, { ...request, headers: byStock }, token);

      const granted = { 'access-control-allow-origin': page, 'access-control-expose-headers': exposed };
      expect(corsOf(fast)).toEqual(origin === page ? granted : {});
      expect(corsOf(stock)).toEqual(corsOf(fast));
      expect(fast.headers.vary).toBe('Origin, trpc-accept, accept');
      expect(stock.headers.vary).toBe(fast.headers.vary);
      expect([fast.status, fast.body]).toEqual([stock.status, stock.body]);
    }
  },
);

it('answers an unsupported method with the supported ones', async () => {
  const mirage = await startMirage();

  const { status, headers, body } = await ask(
    `${mirage.url}/trpc`,
    { path: 'users.count', method: 'DELETE' },
    '',
  );

  expect([status, headers.allow]).toEqual([405, 'GET, HEAD, POST']);
  expect(body).toMatchObject({ error: { data: { reason: 'WRONG_METHOD' } } });
});

it('sends Retry-After in the direct path and in the stock handler', async () => {
  const mirage = await startMirage({ rateLimit: true });
  await mirage.user('ada');
  const wrong: Case = { path: 'auth.login', body: '{"username":"ada","password":"no"}', headers: json };
  for (let attempt = 0; attempt < 10; attempt += 1) await ask(`${mirage.url}/trpc`, wrong, '');

  const alone = await ask(`${mirage.url}/trpc`, wrong, '');
  const batched = { ...wrong, path: 'auth.login?batch=1', body: `{"0":${wrong.body}}` };
  const inBatch = await ask(`${mirage.url}/trpc`, batched, '');

  expect([alone.status, inBatch.status]).toEqual([429, 429]);
  expect(Number(alone.headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(inBatch.headers['retry-after'])).toBeGreaterThan(0);
});

it.each<[string, Case, number]>([
  ['succeeds in part', { path: `users.get,users.get?batch=1&${inputs({ username: 'ada' }, 5)}` }, 207],
  [
    'names the scheme where one call needs a token',
    { path: 'users.count,auth.me?batch=1', headers: { authorization: '' } },
    207,
  ],
  ['needs a token', { path: 'auth.me,auth.me?batch=1', headers: { authorization: '' } }, 401],
  [
    'is refused for a while',
    { path: 'auth.login?batch=1', body: '{"0":{"username":"ada","password":"no"}}', headers: json },
    429,
  ],
])('sends the same headers from the direct path if a batch %s', async (_name, request, status) => {
  const mirage = await startMirage({ rateLimit: true });
  const { token } = await mirage.user('ada');
  const base = `${mirage.url}/trpc`;
  if (status === 429) for (let attempt = 0; attempt < 10; attempt += 1) await ask(base, request, token);

  const fast = await ask(base, request, token);
  const byStock = { ...request.headers, 'trpc-accept': 'application/json' };
  const stock = await ask(base, { ...request, headers: byStock }, token);

  expect(fast.status).toBe(status);
  const comparable = ({ headers }: typeof fast) => ({
    ...headers,
    ...{ date: '', 'x-request-id': '', 'content-length': '', 'transfer-encoding': '' },
    ...(headers['retry-after'] && { 'retry-after': 'later' }),
  });
  expect(comparable(fast)).toEqual(comparable(stock));
});

it('drops a request whose client disconnects while sending the body, as the stock handler does', async () => {
  const mirage = await startMirage();
  const { token } = await mirage.user('ada');
  const [ours, theirs] = [await openFront(mirage.deps), await openStock(mirage.deps)];
  const servers = [
    { server: ours.server, base: `${ours.url}/trpc` },
    { server: theirs.server, base: theirs.url },
  ];

  for (const { server, base } of servers) {
    // The part that is sent would be a valid input, but the announced length is greater.
    const body = sent('half');
    const { pathname, port } = new URL(`${base}/inbox.sendMessage`);
    const head =
      `POST ${pathname} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length + 1}\r\n\r\n`;
    const asked = once(server, 'request') as Promise<[http.IncomingMessage, http.ServerResponse]>;
    const caller = connect(Number(port), '127.0.0.1');
    caller.write(head + body);
    const [{ socket }, response] = await asked;
    while (socket.bytesRead < head.length + body.length) await new Promise(setImmediate);
    const gone = once(response, 'close');
    caller.resetAndDestroy();
    await gone;
    expect(socket.bytesWritten).toBe(0);
  }

  const whole: Case = { path: 'inbox.sendMessage', body: sent('whole'), headers: json };
  for (const { base } of servers) expect((await ask(base, whole, token)).status).toBe(200);
  // An accepted half would be listed before these.
  const messages = await mirage.deps.db.inboxMessage.findMany({ select: { text: true } });
  expect(messages).toEqual([{ text: 'whole' }, { text: 'whole' }]);
});

/** The same procedures on the same database, through tRPC's standalone adapter, for any origin. */
async function openStock(deps: Deps) {
  const handler = createHTTPHandler({
    router: appRouter,
    maxBodySize: 128 * 1024,
    maxBatchSize: 20,
    createContext: ({ req }) => ({ deps, token: tokenOf(req.headers.authorization), address: 'local' }),
  });
  const server = http.createServer((request, response) => {
    if (request.headers.origin !== undefined) {
      response.setHeader('Access-Control-Allow-Origin', '*');
      response.setHeader('Access-Control-Expose-Headers', exposed);
    }
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }; // safe: it listens on a port
}

const corsOf = ({ headers }: { headers: http.IncomingHttpHeaders }) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

async function ask(base: string, { method, path, headers, body }: Case, token: string) {
  const request = http.request(`${base}/${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: token,
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
    agent: false,
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer); // safe: no encoding is set
  const text = Buffer.concat(chunks).toString();
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    body: JSON.parse(text) as unknown,
  };
}

function reasonIn(body: unknown): unknown {
  return (body as { error: { data: { reason: unknown } } }).error.data.reason; // safe: as our error formatter makes it
}
