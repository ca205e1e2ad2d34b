import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AnyTRPCRouter, getErrorShape, getTRPCErrorFromUnknown } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { afterAll } from 'vitest';
import type { Context } from '../../src/server/api/context.ts';
import { createDirectCallerFactory } from '../../src/server/api/direct/direct-caller.ts';
import { createDirectRouter } from '../../src/server/api/direct/direct-router.ts';
import { createDirectHttp } from '../../src/server/http/trpc/direct-http.ts';
import { events } from './features.ts';

// safe: the procedures here use no more of a context
export const context = {
  deps: { log: { warn() {} } },
  token: 'token',
  address: 'local',
} as unknown as Context;

/** The four ways to call the procedures of a router. */
export async function openWays(tested: AnyTRPCRouter) {
  const direct = createDirectRouter(tested);
  const directCaller = createDirectCallerFactory<object>(direct);
  const stock = createHTTPHandler({ router: tested, createContext: () => ({ ...context }) });
  const handle = createDirectHttp({
    router: direct,
    maxBatchSize: 1000,
    createContext: () => ({ ...context }),
    createBatchContext: () => ({ ...context }),
    headersFor: () => [],
    onError() {},
    refuse: () => {},
    stock: (_path, _query, req, res) => void stock(req, res),
  });
  const [stockServer, directServer] = [
    http.createServer((req, res) => void stock(req, res)),
    http.createServer((req, res) => {
      const { pathname, search } = new URL(req.url ?? '', 'http://localhost');
      handle(pathname.slice(1), search === '' ? undefined : search.slice(1), req, res);
    }),
  ];
  const urls = { stock: await listen(stockServer), direct: await listen(directServer) };
  return {
    direct,
    urls,
    server: { stock: stockServer, direct: directServer },
    caller: (path: string, input?: unknown) =>
      callIn(tested, tested.createCaller({ ...context }), path, input),
    directCaller: (path: string, input?: unknown) =>
      callIn(tested, directCaller({ ...context }), path, input),
    stockHttp: (path: string, type: string, input?: unknown) => ask(urls.stock, path, type, input),
    directHttp: (path: string, type: string, input?: unknown) => ask(urls.direct, path, type, input),
    stockBatch: (type: string, calls: BatchedCall[]) => askBatch(urls.stock, type, calls),
    directBatch: (type: string, calls: BatchedCall[]) => askBatch(urls.direct, type, calls),
  };
}

interface BatchedCall {
  path: string;
  input: unknown;
}

const servers: http.Server[] = [];

afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(server: http.Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // safe: it listens on a port
}

/** The result or the error of a call in-process, and what its steps did. */
async function callIn(
  { _def: { _config: config } }: AnyTRPCRouter,
  caller: object,
  path: string,
  input: unknown,
) {
  events.length = 0;
  const names = path.split('.');
  const last = names.pop() ?? '';
  // safe: each name is one of the router's
  const part = names.reduce<object>((of, name) => of[name as keyof typeof of] as object, caller);
  try {
    const data: unknown = await (part as Record<string, (input: unknown) => unknown>)[last]?.(input);
    return {
      data: typeof data === 'object' && data && Symbol.asyncIterator in data ? 'iterable' : data,
      events: [...events],
    };
  } catch (thrown) {
    const error = getTRPCErrorFromUnknown(thrown);
    const { name, message, code, cause } = error;
    const shape = getErrorShape({ config, error, type: 'unknown', path, input, ctx: context });
    return {
      isSame: thrown === error,
      name,
      message,
      code,
      cause: String(cause),
      shape,
      events: [...events],
    };
  }
}

function ask(base: string, path: string, type: string, input: unknown) {
  const text = input === undefined ? undefined : JSON.stringify(input);
  return send(`${base}/${path}`, type, text);
}

function askBatch(base: string, type: string, calls: BatchedCall[]) {
  const inputs = Object.fromEntries(calls.map(({ input }, index) => [index, input]));
  return send(`${base}/${calls.map(({ path }) => path).join(',')}?batch=1`, type, JSON.stringify(inputs));
}

async function send(url: string, type: string, input: string | undefined) {
  events.length = 0;
  const query = `${url.includes('?') ? '&' : '?'}input=${encodeURIComponent(input ?? '')}`;
  const response = await fetch(type === 'query' && input !== undefined ? url + query : url, {
    ...(type === 'mutation' && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: input ?? '',
    }),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    vary: response.headers.get('vary'),
    body: await response.text(),
    events: [...events],
  };
}
