import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** How an answer is lost: it has arrived at the proxy, or nobody has waited for it. */
export type Loss = 'after' | 'before';

interface Options {
  /** The server that takes the next request; called again until it accepts one. */
  target(): string | Promise<string>;
  /** Whether this answer is lost. */
  loses(body: string): Loss | undefined;
}

/** Passes requests on, and closes the connection of its client in place of answers that it loses. */
export async function startLosingProxy({ target, loses }: Options) {
  const counts = { requests: 0, lost: 0 };

  async function pass(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await buffer(req);
    counts.requests += 1;
    const loss = loses(body.toString());
    if (loss === 'before') {
      counts.lost += 1;
      res.destroy();
    }
    const answer = await forward(await target(), req, body).catch(() => undefined);
    if (loss === undefined && answer)
      return void res.writeHead(answer.status, answer.headers).end(answer.body);
    if (loss !== 'before') counts.lost += 1;
    res.destroy();
  }

  const server = createServer((req, res) => void pass(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, counts }; // safe: it listens on a port
}

async function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  const outgoing = request(target + url, {
    method,
    headers: { ...headers, connection: 'close' },
    agent: false,
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const received = await buffer(answer);
  const type = answer.headers['content-type'];
  return {
    status: answer.statusCode ?? 502,
    headers: type === undefined ? {} : { 'content-type': type },
    body: received,
  };
}
