import type { IncomingMessage, ServerResponse } from 'node:http';
import { getErrorShape, TRPCError } from '@trpc/server';
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { appRouter } from '../../api/app-router.ts';
import type { Context } from '../../api/context.ts';
import { directRouter } from '../../api/direct/direct-router.ts';
import { addressOf } from '../../core/address.ts';
import { BatchSize } from '../../core/answer-size.ts';
import { AppError } from '../../core/errors.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { BodyError, readBody } from '../body.ts';
import { applyKeptHeaders, authScheme, sendJson } from '../reply.ts';
import { isBatch } from '../route-names.ts';
import { tokenOfRequest } from '../session-token.ts';
import { createDirectHttp, type TrpcHandler } from './direct-http.ts';
import { logProcedureError } from './procedure-log.ts';

const maxBatchSize = 20;

export function createTrpc(deps: Deps): TrpcHandler {
  const { config, log } = deps;
  const createContext = (req: IncomingMessage): Context => ({
    deps,
    token: tokenOfRequest(req, config),
    idempotencyKey: req.headers['idempotency-key'] as string | undefined, // safe: Node joins repeated ones
    address: addressOf(req, config.trustedProxies),
    trace: req.trace,
  });
  const createBatchContext = (req: IncomingMessage): Context => ({
    ...createContext(req),
    transport: 'batch',
    batchSize: new BatchSize(),
  });
  const onError = (error: TRPCError, path: string | undefined, req: IncomingMessage) =>
    logProcedureError(log, error, path, req.requestId);

  const stock: TrpcHandler = (path, query, req, res) => {
    const refusal = refusalOf(req) ?? refusalOfBatch(path, query, req);
    if (refusal) return refuse(res, path, refusal);
    if (req.method !== 'POST') return answerByStock(path, query, req, res);
    readBody(req, (body) => {
      if (body instanceof BodyError) return refuse(res, path, body);
      // tRPC would decode the bytes leniently, and takes the text from here.
      Object.assign(req, { body });
      req.headers['content-type'] = 'application/json';
      answerByStock(path, query, req, res);
    });
  };

  const answerByStock: TrpcHandler = (path, query, req, res) => {
    applyKeptHeaders(res);
    correctHeaders(res);
    void nodeHTTPRequestHandler({
      router: appRouter,
      req,
      res,
      path,
      maxBatchSize,
      createContext: () => (isBatch(query) ? createBatchContext(req) : createContext(req)),
      responseMeta({ errors }) {
        const [name, value] = retryAfter(errors);
        const isUnauthorized = errors.some(({ code }) => code === 'UNAUTHORIZED');
        return {
          headers: {
            ...(name && { [name]: value }),
            ...(isUnauthorized && { 'www-authenticate': authScheme }),
          },
        };
      },
      onError: (info) => onError(info.error, info.path, req),
    });
  };

  return createDirectHttp({
    router: directRouter,
    maxBatchSize,
    createContext,
    createBatchContext,
    stock,
    refuse,
    headersFor: retryAfter,
    onError,
  });
}

/** The error for requests that tRPC's handler would answer in another format. */
function refusalOf({ method, headers }: IncomingMessage): TRPCError | undefined {
  if (method !== 'GET' && method !== 'POST' && method !== 'HEAD')
    return new TRPCError({ code: 'METHOD_NOT_SUPPORTED', message: `the method ${method} is not supported` });
  if (!hostName.test(headers.host ?? ''))
    return new TRPCError({ code: 'BAD_REQUEST', message: 'invalid Host header' });
  return undefined;
}

/** One key cannot stand for several mutations. */
function refusalOfBatch(
  path: string,
  query: string | undefined,
  { method, headers }: IncomingMessage,
): TRPCError | undefined {
  if (headers['idempotency-key'] === undefined || method !== 'POST' || !isBatch(query)) return undefined;
  if (!/,|%2c/i.test(path)) return undefined;
  return new AppError('INVALID_INPUT', {
    message: 'an Idempotency-Key applies to one mutation, not to several',
  });
}

const hostName = /^([\w.-]*|\[[\da-f:.]+\])(:\d{1,5})?$/i;

function refuse(res: ServerResponse, path: string, error: TRPCError): void {
  const shape = getErrorShape({
    config: directRouter.config,
    error,
    type: 'unknown',
    path,
    input: undefined,
    ctx: undefined,
  });
  const headers = error.code === 'METHOD_NOT_SUPPORTED' ? ['allow', 'GET, HEAD, POST'] : [];
  sendJson(res, getHTTPStatusCodeFromError(error), { error: shape }, headers);
}

/** tRPC labels some of its JSON as plain text, and overwrites an existing `Vary`. */
function correctHeaders(res: ServerResponse): void {
  const setHeader = res.setHeader.bind(res);
  res.setHeader = (name, value) => {
    const present = name.toLowerCase() === 'vary' ? res.getHeader(name) : undefined;
    if (present !== undefined) return setHeader(name, `${String(present)}, ${String(value)}`);
    const isPlain = name.toLowerCase() === 'content-type' && String(value).startsWith('text/plain');
    return setHeader(name, isPlain ? 'application/json' : value);
  };
  res.setHeader('content-type', 'application/json');
}

/** The longest wait of all calls in the request. */
function retryAfter(errors: readonly Error[]): [name: string, value: string] | [] {
  const waits = errors.map((error) => (error instanceof AppError ? (error.retryAfterMs ?? 0) : 0));
  const wait = Math.max(0, ...waits);
  return wait > 0 ? ['retry-after', String(Math.ceil(wait / 1000))] : [];
}
