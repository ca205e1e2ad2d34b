import type { IncomingMessage, ServerResponse } from 'node:http';
import { getErrorShape, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { Context } from '../../api/context.ts';
import type { Call, DirectProcedure } from '../../api/direct/direct-call.ts';
import type { DirectRouter } from '../../api/direct/direct-router.ts';
import { BodyError, readBody } from '../body.ts';
import { keepHeader, sendText } from '../reply.ts';

/** Answers calls of queries and mutations. `path` is the procedure's, `query` the text after `?`, if any. */
export type TrpcHandler = (
  path: string,
  query: string | undefined,
  req: IncomingMessage,
  res: ServerResponse,
) => void;

interface DirectHttpOptions {
  router: DirectRouter;
  createContext(req: IncomingMessage): Context;
  /** Headers of an error besides its type and length. */
  headersFor(error: TRPCError): string[];
  onError(error: TRPCError, path: string, req: IncomingMessage): void;
  /** Answers a request with an error that is not one of the call. */
  refuse(res: ServerResponse, path: string, error: TRPCError): void;
  /** tRPC's stock handler, for everything but plain calls. */
  stock: TrpcHandler;
}

/**
 * Answers plain calls without tRPC's handler, which makes a Request, Headers, a stream and several abort signals for
 * each of them, at most of the cost of a call. Plain is a GET of a query or a POST of a mutation, in JSON, not batched,
 * without headers that request anything else. The stock handler answers everything else, and a test compares both.
 */
export function createDirectHttp(options: DirectHttpOptions): TrpcHandler {
  const { router, createContext, headersFor, onError, refuse, stock } = options;
  if (!router.isPlain) return stock;

  return (path, query, req, res) => {
    const procedure = router.find(path);
    const type = procedure?.type;
    if (procedure && type === 'mutation' && req.method === 'POST' && query === undefined && isPlain(req))
      return readBody(req, (body) => {
        if (body instanceof BodyError) refuse(res, path, body);
        else void answer(procedure, path, body, req, res);
      });
    const isQuery = type === 'query' && req.method === 'GET' && req.headers['content-type'] === undefined;
    const input = isQuery && isPlain(req) ? inputOf(query) : undefined;
    if (procedure && input !== undefined) return void answer(procedure, path, input, req, res);
    stock(path, query, req, res);
  };

  async function answer(
    procedure: DirectProcedure,
    path: string,
    text: string,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> {
    const call = new HttpCall(path, text, res);
    let status = 200;
    let headers: string[] | undefined;
    let body: string;
    let isDone = false;
    try {
      call.ctx = createContext(req);
      const data = await procedure.call(call as Call); // safe: it has its context now
      isDone = true;
      body = encode(data);
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      onError(error, path, req);
      status = getHTTPStatusCodeFromError(error);
      headers = headersFor(error);
      // As in tRPC's handler, an error in encoding the result is no longer one of the call.
      const place = isDone ? { path: undefined, input: undefined } : { path, input: call.parsedInput };
      const { type } = procedure;
      body = JSON.stringify({
        error: getErrorShape({ config: router.config, error, type, ctx: call.ctx, ...place }),
      });
    }
    if (res.destroyed) return; // the client has disconnected
    keepHeader(res, 'vary', 'trpc-accept, accept');
    sendText(res, status, 'application/json', body, headers);
  }
}

class HttpCall {
  readonly path: string;
  ctx: Context | undefined;
  /** Undefined until a step has read it. */
  parsedInput: unknown;
  readonly #text: string;
  readonly #res: ServerResponse;
  #isParsed = false;
  #signal: AbortSignal | undefined;

  constructor(path: string, text: string, res: ServerResponse) {
    this.path = path;
    this.#text = text;
    this.#res = res;
  }

  getInput(): unknown {
    if (!this.#isParsed) this.parsedInput = parse(this.#text);
    this.#isParsed = true;
    return this.parsedInput;
  }

  /** Aborts when the client disconnects. Created on demand, because creating it costs as much as a short call. */
  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.#res);
    return this.#signal;
  }
}

function signalOf(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    if (!res.writableEnded) controller.abort();
  };
  if (res.destroyed) abort();
  else res.once('close', abort);
  return controller.signal;
}

function encode(data: unknown): string {
  if (isStream(data))
    throw new TRPCError({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: 'Cannot use stream-like response in non-streaming request - use httpBatchStreamLink',
    });
  return JSON.stringify({ result: { data } });
}

/** As tRPC's handler decides it: async iterables, and objects that contain one or a promise. */
function isStream(data: unknown): boolean {
  if (!isObject(data)) return false;
  if (Symbol.asyncIterator in data) return true;
  for (const value of Object.values(data))
    if (isPromise(value) || (isObject(value) && Symbol.asyncIterator in value)) return true;
  return false;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPromise = (value: unknown) =>
  (isObject(value) || typeof value === 'function') &&
  'then' in value &&
  typeof value.then === 'function' &&
  'catch' in value &&
  typeof value.catch === 'function';

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

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: (cause as Error).message, cause }); // safe: JSON.parse throws Errors
  }
}
