import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getErrorShape, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { Context } from '../context.ts';
import { keepHeader, sendText } from '../reply.ts';
import { callDirectly, type Procedure } from '../routers/direct-call.ts';
import { procedureAt, routerConfig } from '../routers/procedures.ts';
import type { TrpcHandler } from './trpc.ts';

interface FastTrpcOptions {
  createContext(req: IncomingMessage): Context;
  /** Headers of an answer besides its type and length. */
  headersFor(error: TRPCError): string[];
  onError(error: TRPCError, path: string, req: IncomingMessage): void;
  maxBodyBytes: number;
  /** tRPC's stock handler, for all that is not a plain call. */
  stock: TrpcHandler;
}

/**
 * One plain call, straight to its procedure. tRPC's handler first makes a Request, Headers, a stream and several abort
 * signals out of it, which is most of what a call costs. It is safe because only what both do alike is taken on here:
 * a GET of a query or a POST of a mutation, in JSON, not batched, without headers that ask for more. Everything else goes to
 * the stock handler, and a test compares the answers of both.
 */
export function createFastTrpc(options: FastTrpcOptions): TrpcHandler {
  const { createContext, headersFor, onError, maxBodyBytes, stock } = options;

  return (path, query, req, res) => {
    const procedure = procedureAt(path);
    const type = procedure?._def.type;
    if (
      procedure &&
      type === 'mutation' &&
      req.method === 'POST' &&
      query === undefined &&
      isPlain(req) &&
      hasSmallBody(req)
    )
      return readBody(req, (body) => void call(procedure, path, body, req, res));
    const input = type === 'query' && req.method === 'GET' && isPlain(req) ? inputOf(query) : undefined;
    if (procedure && input !== undefined) return void call(procedure, path, input, req, res);
    stock(path, query, req, res);
  };

  /** Bodies of unknown length, and those too large, are left to the stock handler. */
  function hasSmallBody({ headers }: IncomingMessage): boolean {
    return Number(headers['content-length']) <= maxBodyBytes;
  }

  async function call(
    procedure: Procedure,
    path: string,
    text: string | undefined,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> {
    let ctx: Context | undefined;
    let input: unknown;
    let isParsed = false;
    function getInput(): unknown {
      if (!isParsed) input = parse(text);
      isParsed = true;
      return input;
    }

    let status = 200;
    let headers: string[] | undefined;
    let body: string;
    try {
      ctx = createContext(req);
      body = JSON.stringify({ result: { data: await callDirectly(procedure, { path, ctx, getInput }) } });
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      onError(error, path, req);
      status = getHTTPStatusCodeFromError(error);
      headers = headersFor(error);
      const { type } = procedure._def;
      body = JSON.stringify({
        error: getErrorShape({ config: routerConfig, error, type, path, input, ctx }),
      });
    }
    if (res.destroyed) return; // the caller has hung up
    keepHeader(res, 'vary', 'trpc-accept, accept');
    sendText(res, status, 'application/json', body, headers);
  }
}

function isPlain(request: IncomingMessage): boolean {
  const { headers, method } = request;
  return (
    headers['content-type'] === (method === 'POST' ? 'application/json' : undefined) &&
    headers['trpc-accept'] === undefined &&
    headers.accept !== 'application/jsonl' &&
    headers['content-encoding'] === undefined &&
    !('body' in request) // somebody before us has read it, and the stock handler knows where that is
  );
}

/** The text of `?input=`, or '' without a query; undefined for any other query. */
function inputOf(query: string | undefined): string | undefined {
  if (query === undefined) return '';
  if (!query.startsWith('input=') || query.includes('&') || query.includes('+')) return undefined;
  try {
    return decodeURIComponent(query.slice(6));
  } catch {
    return undefined;
  }
}

function parse(text: string | undefined): unknown {
  if (text === undefined)
    throw new TRPCError({ code: 'BAD_REQUEST', message: 'the input is not valid UTF-8' });
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: (cause as Error).message, cause }); // safe: JSON.parse throws Errors
  }
}

/** Gives undefined for what is not UTF-8. */
function readBody(req: IncomingMessage, done: (body: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.once('end', () => {
    const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    done(isUtf8(bytes) ? bytes.toString() : undefined);
  });
}
