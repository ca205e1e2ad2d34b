import type { IncomingMessage, ServerResponse } from 'node:http';
import { getErrorShape, TRPCError } from '@trpc/server';
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { addressOf } from '../address.ts';
import type { Context, Deps } from '../context.ts';
import { AppError } from '../errors.ts';
import { applyKeptHeaders, sendJson } from '../reply.ts';
import { appRouter } from '../routers/app-router.ts';
import { routerConfig } from '../routers/procedures.ts';
import { maxBodyBytes } from '../text.ts';
import { createFastTrpc } from './fast-trpc.ts';
import { logProcedureError } from './procedure-log.ts';
import { isBatch } from './route-names.ts';
import { tokenOfRequest } from './web-session.ts';

const maxBatchSize = 20;

/** Answers calls of queries and mutations: `path` is the procedure's, `query` what stands behind `?`, if anything. */
export type TrpcHandler = (
  path: string,
  query: string | undefined,
  req: IncomingMessage,
  res: ServerResponse,
) => void;

export function createTrpc(deps: Deps): TrpcHandler {
  const { config, log } = deps;
  const createContext = (req: IncomingMessage): Context => ({
    deps,
    token: tokenOfRequest(req),
    address: addressOf(req, config.trustedProxies),
    trace: req.trace,
  });
  const onError = (error: TRPCError, path: string | undefined, req: IncomingMessage) =>
    logProcedureError(log, error, path, req.requestId);

  const stock: TrpcHandler = (path, query, req, res) => {
    const refusal = refusalOf(req);
    if (refusal) return refuse(res, path, refusal);
    applyKeptHeaders(res);
    mendHeaders(res);
    // A program that Mirage is mounted in may have read it already; bytes are what tRPC would take for an object.
    if ('body' in req && Buffer.isBuffer(req.body)) req.body = req.body.toString();
    void nodeHTTPRequestHandler({
      router: appRouter,
      req,
      res,
      path,
      maxBodySize: maxBodyBytes,
      maxBatchSize,
      createContext: () => ({
        ...createContext(req),
        ...(isBatch(query) && { transport: 'batch' as const }),
      }),
      responseMeta({ errors }) {
        const [name, value] = retryAfter(errors);
        return name ? { headers: { [name]: value } } : {};
      },
      onError: (info) => onError(info.error, info.path, req),
    });
  };

  return createFastTrpc({
    createContext,
    stock,
    maxBodyBytes,
    headersFor: (error) => retryAfter([error]),
    onError,
  });
}

/** What tRPC's handler would answer with an error of its own making, or take for an empty input. */
function refusalOf({ method, headers }: IncomingMessage): TRPCError | undefined {
  if (method !== 'GET' && method !== 'POST' && method !== 'HEAD')
    return new TRPCError({ code: 'METHOD_NOT_SUPPORTED', message: `there is no ${method} here` });
  if (method === 'POST' && !/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
    return new TRPCError({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: 'the content type must be application/json',
    });
  if (Number(headers['content-length']) > maxBodyBytes) return new TRPCError({ code: 'PAYLOAD_TOO_LARGE' });
  if (!hostName.test(headers.host ?? ''))
    return new TRPCError({ code: 'BAD_REQUEST', message: 'the Host header is no host' });
  return undefined;
}

const hostName = /^([\w.-]*|\[[\da-f:.]+\])(:\d{1,5})?$/i;

function refuse(res: ServerResponse, path: string, error: TRPCError): void {
  const shape = getErrorShape({
    config: routerConfig,
    error,
    type: 'unknown',
    path,
    input: undefined,
    ctx: undefined,
  });
  const headers = error.code === 'METHOD_NOT_SUPPORTED' ? ['allow', 'GET, HEAD, POST'] : [];
  sendJson(res, getHTTPStatusCodeFromError(error), { error: shape }, headers);
}

/** tRPC labels some of its JSON as plain text, and writes over a `Vary` that is there already. */
function mendHeaders(res: ServerResponse): void {
  const setHeader = res.setHeader.bind(res);
  res.setHeader = (name, value) => {
    const present = name.toLowerCase() === 'vary' ? res.getHeader(name) : undefined;
    if (present !== undefined) return setHeader(name, `${String(present)}, ${String(value)}`);
    const isPlain = name.toLowerCase() === 'content-type' && String(value).startsWith('text/plain');
    return setHeader(name, isPlain ? 'application/json' : value);
  };
  res.setHeader('content-type', 'application/json');
}

/** Of several calls in one request, the one that must wait longest counts. */
function retryAfter(errors: Error[]): [name: string, value: string] | [] {
  const waits = errors.map((error) => (error instanceof AppError ? (error.retryAfterMs ?? 0) : 0));
  const wait = Math.max(0, ...waits);
  return wait > 0 ? ['retry-after', String(Math.ceil(wait / 1000))] : [];
}
