import type { Child } from '../lib/process.ts';
import type { Figures } from '../lib/series.ts';
import type { RunOptions } from './options.ts';

export const connections = 32;

interface Request {
  method: 'GET' | 'POST';
  path: string;
  token?: string | undefined;
  /** JSON, or text if it has a type of its own. */
  body?: unknown;
  type?: string | undefined;
}

/** The bytes of a request, with the headers that a client of this API sends. */
export function requestText({ method, path, token, body, type }: Request): string {
  const text = body === undefined ? '' : type === undefined ? JSON.stringify(body) : String(body);
  const headers = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'accept: */*',
    ...(token === undefined ? [] : [`authorization: ${token}`]),
    ...(method === 'POST'
      ? [`content-type: ${type ?? 'application/json'}`, `content-length: ${Buffer.byteLength(text)}`]
      : []),
  ];
  return `${headers.join('\r\n')}\r\n\r\n${text}`;
}

/** Requests per second, and the server's CPU time for each. */
export async function measureHttp(
  load: Child,
  server: Child,
  requests: string[],
  { seconds }: Pick<RunOptions, 'seconds'>,
): Promise<Figures> {
  const before = await server.usage();
  const done = await load.call<{ count: number; seconds: number }>('run', {
    port: server.ready.port,
    requests,
    connections,
    seconds,
  });
  const after = await server.usage();
  return { rate: done.count / done.seconds, cpuUs: (after.cpuUs - before.cpuUs) / done.count };
}
