import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getErrorShape, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { Context } from '../context.ts';
import { procedureAt, routerConfig } from './procedures.ts';
import type { TrpcHandler } from './trpc.ts';

interface FastTrpcOptions {
  createContext(req: IncomingMessage): Context;
  /** Headers of an answer besides its type and length. */
  headersFor(error: TRPCError): Record<string, string>;
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
    const type = procedureAt(path)?._def.type;
    if (
      type === 'mutation' &&
      req.method === 'POST' &&
      query === undefined &&
      isPlain(req) &&
      hasSmallBody(req)
    )
      return readBody(req, (body) => void call(path, type, body, req, res));
    const input = type === 'query' && req.method === 'GET' && isPlain(req) ? inputOf(query) : undefined;
    if (type === 'query' && input !== undefined) return void call(path, type, input, req, res);
    stock(path, query, req, res);
  };

  /** Bodies of unknown length, and those too large, are left to the stock handler. */
  function hasSmallBody({ headers }: IncomingMessage): boolean {
    return Number(headers['content-length']) <= maxBodyBytes;
  }

  async function call(
    path: string,
    type: 'query' | 'mutation',
    text: string | undefined,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> {
    let ctx: Context | undefined;
    let input: unknown;
    let isParsed = false;
    let status = 200;
    let headers = {};
    let body: string;
    try {
      ctx = createContext(req);
      const data: unknown = await procedureAt(path)?.({
        path,
        type,
        ctx,
        // Parsed when the procedure asks for it, as in the stock handler: who may not call learns nothing of the input.
        async getRawInput() {
          if (!isParsed) input = parse(text);
          isParsed = true;
          return input;
        },
        signal: undefined,
        batchIndex: 0,
      });
      body = JSON.stringify({ result: { data } });
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      onError(error, path, req);
      status = getHTTPStatusCodeFromError(error);
      headers = headersFor(error);
      body = JSON.stringify({
        error: getErrorShape({ config: routerConfig, error, type, path, input, ctx }),
      });
    }
    if (res.destroyed) return; // the caller has hung up
    res.appendHeader('vary', 'trpc-accept, accept');
    res.writeHead(status, {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    res.end(body);
  }
}

function isPlain({ headers, method }: IncomingMessage): boolean {
  return (
    headers['content-type'] === (method === 'POST' ? 'application/json' : undefined) &&
    headers['trpc-accept'] === undefined &&
    headers.accept !== 'application/jsonl' &&
    headers['content-encoding'] === undefined
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
