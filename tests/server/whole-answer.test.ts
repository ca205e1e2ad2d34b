import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { sendText } from '../../src/server/http/reply.ts';
import { keepSecurityHeaders } from '../../src/server/http/security-headers.ts';

type Answer = (res: http.ServerResponse, req: http.IncomingMessage) => void;

/** A server that lets Node write at `/node` what `sendText` writes at other paths, both with `more`. */
async function serve(body: string, { status = 200, before }: { status?: number; before?: Answer } = {}) {
  const server = http.createServer({ keepAliveTimeout: 130_000 }, (req, res) => {
    keepSecurityHeaders(res);
    res.keptHeaders?.push('X-Request-Id', 'one', 'Vary', 'Origin');
    if (req.url === '/node') Object.assign(res, { writeHead: res.writeHead.bind(res) }); // no longer Node's own
    before?.(res, req);
    req.resume().once('end', () => answer(res, status, body));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { ask: (requests: string) => ask(port, requests) };
}

function answer(res: http.ServerResponse, status: number, body: string): void {
  try {
    sendText(res, status, 'application/json', body, ['retry-after', '5']);
  } catch {
    res.writeHead(500).end();
  }
}

/** All that comes back for these requests, of which the last one ends the connection. */
function ask(port: number, requests: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(requests));
    socket
      .setEncoding('latin1')
      .on('data', (text: string) => {
        answer += text;
      })
      .once('end', () => resolve(answer.replaceAll(/Date: [^\r]+/g, 'Date: now')))
      .once('error', reject);
  });
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
const last = get('/', 'connection: close\r\n');

it.each([
  ['ASCII', '{"text":"hello"}', 200],
  ['other text', '{"text":"déjà 你好 👍"}', 200],
  ['nothing', '', 200],
  ['a refusal', '{"error":"no"}', 401],
  ['more than a socket takes at once', `"${'long '.repeat(2_000_000)}"`, 200],
])('writes the bytes that Node would write: %s', async (_, body, status) => {
  const { ask } = await serve(body, { status });
  const [ours, nodes] = [await ask(get('/') + last), await ask(get('/node') + last)];
  expect(ours).toBe(nodes);
  expect(ours).toContain('Connection: keep-alive\r\nKeep-Alive: timeout=130\r\n\r\n');
});

it.each<[name: string, request: string, before?: Answer]>([
  ['to HEAD', get('/').replace('GET', 'HEAD')],
  ['to HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
  ['on a connection that ends', ''],
  ['with headers of an application around it', get('/'), (res) => res.setHeader('server', 'of the host')],
  ['to requests that come together', get('/') + get('/') + get('/')],
  ['with a value that Node refuses', get('/'), (res) => res.keptHeaders?.push('x-bad', 'a\r\nb: c')],
])('leaves to Node, or writes as Node does, an answer %s', async (_, request, before) => {
  const { ask } = await serve('{"text":"hello"}', before && { before });
  const toNode = request.replaceAll(' / ', ' /node ');
  expect(await ask(request + last)).toBe(await ask(toNode + last));
});

it('has the answer recognized as finished, with its status', async () => {
  const seen: unknown[] = [];
  const { ask } = await serve('{}', {
    status: 404,
    before: (res) =>
      res.once('close', () => seen.push(res.statusCode, res.headersSent, res.writableFinished)),
  });
  await ask(get('/') + last);
  expect(seen).toEqual([404, true, true, 404, true, true]);
});
