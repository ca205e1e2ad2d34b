import type { IncomingMessage, ServerResponse } from 'node:http';
import { getErrorShape, getTRPCErrorFromUnknown, type TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { Context } from '../../api/context.ts';
import type { Call, DirectProcedure } from '../../api/direct/direct-call.ts';
import type { DirectRouter } from '../../api/direct/direct-router.ts';
import { BodyError, readBody } from '../body.ts';
import { Leaving } from '../leaving.ts';
import { refusalOfStream, sendAnswer } from './answer.ts';
import { answerBatch, type Batch, type BatchOptions, batchOf } from './direct-batch.ts';
import { HttpCall, parseInput } from './http-call.ts';

/** Answers calls of queries and mutations. `path` is the procedure's, `query` the text after `?`, if any. */
export type TrpcHandler = (
  path: string,
  query: string | undefined,
  req: IncomingMessage,
  res: ServerResponse,
) => void;

interface DirectHttpOptions extends BatchOptions {
  router: DirectRouter;
  /** Batches of more calls are left to `stock`, which refuses them. */
  maxBatchSize: number;
  createContext(req: IncomingMessage): Context;
  /** Answers a request with an error that is not one of the call. */
  refuse(res: ServerResponse, path: string, error: TRPCError): void;
  /** tRPC's stock handler, for everything but plain calls. */
  stock: TrpcHandler;
}

/**
 * Answers plain calls without tRPC's handler, which makes a Request, Headers, a stream and several abort signals for
 * each of them, at most of the cost of a call. Plain is a GET of queries or a POST of mutations, in JSON, one or a batch of
 * them, without headers that request anything else. The stock handler answers everything else, and a test compares both.
 */
export function createDirectHttp(options: DirectHttpOptions): TrpcHandler {
  const { router, maxBatchSize, createContext, headersFor, onError, refuse, stock } = options;
  if (!router.isPlain) return stock;

  return (path, query, req, res) => {
    const isBatch = query !== undefined && beginsBatch.test(query);
    const called = isBatch ? findBatch(path, req) : router.find(path);
    if (!called || !isPlain(req)) return stock(path, query, req, res);
    const rest = isBatch ? query.slice('batch=1&'.length) || undefined : query;
    if (called.type === 'mutation' && req.method === 'POST' && rest === undefined)
      return readBody(req, (body) => {
        if (body instanceof BodyError) refuse(res, path, body);
        else reply(called, path, body, req, res);
      });
    const isQuery =
      called.type === 'query' && req.method === 'GET' && req.headers['content-type'] === undefined;
    const input = isQuery ? inputOf(rest) : undefined;
    if (input === undefined) stock(path, query, req, res);
    else reply(called, path, input, req, res);
  };

  function findBatch(path: string, { headers }: IncomingMessage): Batch | undefined {
    return headers['idempotency-key'] === undefined ? batchOf(router, path, maxBatchSize) : undefined;
  }

  function reply(
    called: DirectProcedure | Batch,
    path: string,
    input: string,
    req: IncomingMessage,
    res: ServerResponse,
  ): void {
    if ('calls' in called) void answerBatch(options, called, input, req, res);
    else void answer(called, path, input, req, res);
  }

  async function answer(
    procedure: DirectProcedure,
    path: string,
    text: string,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> {
    const call = new HttpCall(path, () => parseInput(text), new Leaving(res));
    let status = 200;
    let headers: string[] | undefined;
    let body: string;
    let isDone = false;
    try {
      call.ctx = createContext(req);
      const data = await procedure.call(call as Call); // safe: it has its context now
      isDone = true;
      const refusal = refusalOfStream(data);
      if (refusal) throw refusal;
      body = JSON.stringify({ result: { data } });
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      onError(error, path, req);
      status = getHTTPStatusCodeFromError(error);
      headers = headersFor([error]);
      // As in tRPC's handler, an error in encoding the result is no longer one of the call.
      const place = isDone ? { path: undefined, input: undefined } : { path, input: call.parsedInput };
      const { type } = procedure;
      body = JSON.stringify({
        error: getErrorShape({ config: router.config, error, type, ctx: call.ctx, ...place }),
      });
    }
    sendAnswer(res, status, body, headers);
  }
}

/** Of a batch as clients send it. Whether any other query is one is left to `stock`. */
const beginsBatch = /^batch=1(&|$)/;

const isPlain = ({ headers }: IncomingMessage) =>
  headers['trpc-accept'] === undefined && headers.accept !== 'application/jsonl';

/** The text of `?input=`, or '' without a query; undefined for other queries. */
function inputOf(query: string | undefined): string | undefined {
  if (query === undefined) return '';
  if (!query.startsWith('input=') || query.includes('&') || query.includes('+')) return undefined;
  try {
    return decodeURIComponent(query.slice(6));
  } catch {
    return undefined;
  }
}
