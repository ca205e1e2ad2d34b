import { once } from 'node:events';
import http from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { maxBodyBytes } from '../../src/server/core/validation.ts';
import { type Mirage, startMirage } from '../support/harness.ts';

const words = 'Zoë 🎉';

interface Way {
  path: string;
  headers?: Record<string, string>;
  body(text: string): string;
  /** How many messages one request stores. */
  stores: number;
  /** The reason, or the text, of a refusal. */
  refusalIn(answer: unknown): unknown;
}

// safe: as tRPC makes it, for one call or for several
const ofTyped = (answer: unknown) => ([answer].flat() as [{ error: { message: unknown } }])[0].error.message;
const sent = (text: string) => JSON.stringify({ recipient: 'ada', text });
const single: Way = { path: '/trpc/inbox.sendMessage', body: sent, stores: 1, refusalIn: ofTyped };

const ways: Record<string, Way> = {
  'a typed call': single,
  'a typed call that tRPC handles': { ...single, headers: { 'trpc-accept': 'application/json' } },
  'a typed batch': {
    ...single,
    path: '/trpc/inbox.sendMessage,inbox.sendMessage?batch=1',
    body: (text) => `{"0":${sent(text)},"1":${sent(text)}}`,
    stores: 2,
  },
  'a shared event stream': {
    ...single,
    path: '/trpc/subscriptions',
    body: (text) => JSON.stringify({ subscriptions: [], text }),
    stores: 0,
  },
  'the legacy API': {
    path: '/api/send_inbox_message',
    body: (text) => JSON.stringify({ recipient: 'ada', message: text }),
    stores: 1,
    refusalIn: (answer) => (answer as { error: unknown }).error, // safe: as every refusal of the legacy API
  },
};

const notJson = 'the body is not valid JSON';
const types: Record<string, 'JSON' | 'another'> = {
  'application/json': 'JSON',
  'application/json; charset=utf-8': 'JSON',
  'application/json;charset="UTF-8"': 'JSON',
  'Application/JSON; charset=ISO-8859-1; profile=x': 'JSON',
  'application/json; charset=utf-16': 'JSON',
  'application/vnd.api+json': 'JSON',
  'application/jsonp': 'another',
  'text/plain; charset=utf-8': 'another',
  '': 'another',
};

/** How the text of a body becomes bytes, the header that says so, and what the answer to JSON is: 200 or a refusal. */
type Encoding = [encode: (text: string) => Buffer, header: string, status: number, refusal?: string];

const utf8 = (text: string) => Buffer.from(text);
const compressed = 'the body must not be compressed';
const notUtf8 = 'the body is not valid UTF-8';
const encodings: Record<string, Encoding> = {
  'UTF-8': [utf8, '', 200],
  'UTF-8 with a byte order mark': [(text) => utf8(`\uFEFF${text}`), '', 200],
  'UTF-8 that is declared as identity': [utf8, 'Identity', 200],
  'Latin-1': [(text) => Buffer.from(text, 'latin1'), '', 400, notUtf8],
  'UTF-16 without a mark': [(text) => Buffer.from(text, 'utf16le'), '', 400, notUtf8],
  'UTF-16 with a mark': [(text) => Buffer.from(`\uFEFF${text}`, 'utf16le'), '', 400, notUtf8],
  'a character that is cut off': [
    (text) => Buffer.concat([utf8(text).subarray(0, utf8(text).indexOf('🎉') + 2), utf8('"}')]),
    ...(['', 400, notUtf8] as const),
  ],
  gzip: [(text) => gzipSync(text), 'gzip', 415, compressed],
  'gzip that is not declared': [(text) => gzipSync(text), '', 400, notUtf8],
  'gzip that is declared only': [utf8, 'gzip', 415, compressed],
  brotli: [(text) => brotliCompressSync(text), 'br', 415, compressed],
  'gzip twice': [(text) => gzipSync(gzipSync(text)), 'gzip, gzip', 415, compressed],
};

it.each(Object.entries(ways))('reads the body of %s like every other', async (_, way) => {
  const mirage = await startMirage();
  const { token } = await mirage.user('ada');
  let stored = 0;
  for (const [type, kind] of Object.entries(types))
    for (const [name, [encode, encoding, status, refusal]] of Object.entries(encodings))
      for (const isChunked of [false, true]) {
        const bytes = encode(way.body(words));
        const answer = await send(mirage, way, { bytes, token, type, encoding, isChunked });
        const combination = `${name} as ${type || 'nothing'}${isChunked ? ', chunked' : ''}`;
        expect({ combination, ...answer }).toEqual(
          kind === 'another'
            ? { combination, status: 415, refusal: 'the content type must be application/json' }
            : { combination, status, refusal },
        );
        if (answer.status === 200) stored += way.stores;
      }
  const messages = await mirage.deps.db.inboxMessage.findMany({ select: { text: true } });
  expect(messages).toEqual(Array(stored).fill({ text: words }));
});

it.each(Object.entries(ways))(
  'bounds the body of %s, of whatever length it is said to be',
  async (_, way) => {
    const mirage = await startMirage();
    const { token } = await mirage.user('ada');
    const json = { token, type: 'application/json', encoding: '' };
    const largest = way.body('x').padEnd(maxBodyBytes);
    for (const isChunked of [false, true]) {
      expect(await send(mirage, way, { ...json, bytes: utf8(largest), isChunked })).toEqual({ status: 200 });
      expect(await send(mirage, way, { ...json, bytes: utf8(`${largest} `), isChunked })).toEqual({
        status: 413,
        refusal: 'the body is larger than 128 KB',
      });
      const cut = utf8(way.body('x').slice(0, -1));
      const { status, refusal } = await send(mirage, way, { ...json, bytes: cut, isChunked });
      expect(status).toBe(400);
      // tRPC's own words, where it parses the body.
      if (!way.path.startsWith('/trpc/inbox')) expect(refusal).toBe(notJson);
    }
  },
);

it('needs no body for a session of the web client, and reads none', async () => {
  const mirage = await startMirage();
  const { token } = await mirage.user('ada');
  const way: Way = { ...single, path: '/session', body: () => words, headers: { origin: mirage.url } };
  for (const type of Object.keys(types))
    for (const [encode, encoding] of Object.values(encodings))
      for (const isChunked of [false, true]) {
        const request = { bytes: encode(words), token, type, encoding, isChunked };
        expect(await send(mirage, way, request)).toEqual({ status: 204 });
      }
});

interface Body {
  bytes: Buffer;
  token: string;
  type: string;
  encoding: string;
  isChunked: boolean;
}

async function send(mirage: Mirage, way: Way, { bytes, token, type, encoding, isChunked }: Body) {
  const request = http.request(mirage.url + way.path, {
    method: 'POST',
    headers: {
      authorization: token,
      ...way.headers,
      ...(type !== '' && { 'content-type': type }),
      ...(encoding !== '' && { 'content-encoding': encoding }),
      ...(!isChunked && { 'content-length': bytes.length }),
    },
    agent: false,
  });
  // In the middle of a character, where there is one: no chunk may be decoded by itself.
  const middle = bytes.indexOf('ë') + 1;
  if (isChunked) request.write(bytes.subarray(0, middle));
  request.end(isChunked ? bytes.subarray(middle) : bytes);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const { statusCode: status } = response;
  if (status === 200 || status === 204) {
    response.destroy(); // it may be a stream
    return { status };
  }
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status, refusal: way.refusalIn(JSON.parse(text)) };
}
