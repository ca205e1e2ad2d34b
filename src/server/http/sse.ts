import type { IncomingMessage, ServerResponse } from 'node:http';
import { callTRPCProcedure, getErrorShape, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { parseConnectionParamsFromString } from '@trpc/server/http';
import { addressOf } from '../address.ts';
import type { Context, Deps } from '../context.ts';
import { AppError } from '../errors.ts';
import { Subscription } from '../live/subscription.ts';
import { pingMs, silenceMs } from '../live/timing.ts';
import { applyKeptHeaders } from '../reply.ts';
import { appRouter } from '../routers/app-router.ts';
import { procedureAt, routerConfig } from '../routers/procedures.ts';
import { activeTracer, traceOf } from '../tracing.ts';
import { httpChunk, sseFormat } from './frames.ts';
import { logProcedureError } from './procedure-log.ts';
import { SocketSink, stopSending } from './socket-sink.ts';
import { tokenOfRequest } from './web-session.ts';

const connected = `event: connected\ndata: ${JSON.stringify({ reconnectAfterInactivityMs: silenceMs })}\n\n\n`;
const ping = httpChunk('event: ping\ndata: \n\n\n');

export interface SseEndpoint {
  /** Returns false for what is no subscription: that is left to others. */
  handle(path: string, query: string | undefined, req: IncomingMessage, res: ServerResponse): boolean;
  /** Ends all streams in a way that makes clients come back. */
  close(): void;
  readonly size: number;
}

/** Subscriptions as server-sent events, in tRPC's own protocol, at /trpc/<procedure>. */
export function createSse(deps: Deps): SseEndpoint {
  const streams = new Set<ServerResponse>();
  deps.metrics.countOpen('event_streams', () => streams.size);
  const stopPinging = pingAll(streams, () => deps.metrics.cut('silent'));
  async function stream(
    path: string,
    query: URLSearchParams,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> {
    const aborted = new AbortController();
    res.once('close', () => aborted.abort());
    const { socket } = req;
    // Who closes its half of the connection here does not wait for an answer, as others may, but has gone.
    const leave = () => socket.destroy();
    socket.once('end', leave);
    applyKeptHeaders(res);
    res.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'transfer-encoding': 'chunked',
    });
    res.write(connected);
    streams.add(res);

    let ctx: Context | undefined;
    let input: unknown;
    try {
      ctx = await createContext(deps, query, req, res);
      input = inputOf(query, req);
      const result: unknown = await callTRPCProcedure({
        router: appRouter,
        path,
        type: 'subscription',
        ctx,
        getRawInput: async () => input,
        signal: aborted.signal,
        batchIndex: 0,
      });
      if (!(result instanceof Subscription)) throw new Error('a subscription did not attach');
      if (!res.socket || res.writableEnded) return result.end(); // the caller or the server has gone while it was opened
      result.attach(sinkOf(res));
      await result.next();
      await result.next(); // until its end
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      logProcedureError(deps.log, error, path, req.requestId);
      const shape = getErrorShape({ config: routerConfig, error, type: 'subscription', path, input, ctx });
      if (res.writable) res.write(`event: serialized-error\ndata: ${JSON.stringify(shape)}\n\n\n`);
    } finally {
      socket.off('end', leave);
      streams.delete(res);
      res.end();
    }
  }

  return {
    handle(path, query, req, res) {
      // Chunks are written by hand, and HTTP/1.0 has none.
      if (req.method !== 'GET' || req.httpVersion !== '1.1') return false;
      // Behind another answer on the same connection there is no socket to write to yet.
      if (!res.socket) return false;
      if (procedureAt(path)?._def.type !== 'subscription') return false;
      const parameters = new URLSearchParams(query);
      if (parameters.get('batch') === '1' || !areConnectionParams(parameters.get('connectionParams')))
        return false;
      void stream(path, parameters, req, res);
      return true;
    },

    close() {
      stopPinging();
      for (const res of streams) {
        if (res.socket) stopSending(res.socket);
        res.end();
      }
    },

    get size() {
      return streams.size;
    },
  };
}

async function createContext(
  deps: Deps,
  query: URLSearchParams,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Context> {
  const params = query.get('connectionParams');
  const ticket = params === null ? undefined : parseConnectionParamsFromString(params)?.ticket;
  const bearer = ticket === undefined ? undefined : await deps.tickets.redeem(ticket);
  if (ticket !== undefined && !bearer) throw new AppError('INVALID_TICKET');
  return {
    deps,
    session: bearer && 'id' in bearer ? bearer : undefined,
    token: bearer && 'token' in bearer ? bearer.token : tokenOfRequest(req),
    address: addressOf(req, deps.config.trustedProxies),
    connection: res,
    transport: 'sse',
    trace: activeTracer() && traceOf(req.headers),
  };
}

function areConnectionParams(text: string | null): boolean {
  if (text === null) return true;
  try {
    parseConnectionParamsFromString(text);
    return true;
  } catch {
    return false;
  }
}

/** The id to resume after comes in a header when a browser reconnects by itself, in the query or in the input. */
function inputOf(query: URLSearchParams, req: IncomingMessage): unknown {
  const text = query.get('input');
  const input: unknown = text ? parseJson(text) : undefined;
  const lastEventId = req.headers['last-event-id'] ?? query.get('lastEventId') ?? query.get('Last-Event-Id');
  if (!lastEventId) return input;
  return typeof input === 'object' && input !== null ? { ...input, lastEventId } : (input ?? { lastEventId });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: 'the input is not valid JSON', cause });
  }
}

function sinkOf(res: ServerResponse) {
  const { socket } = res;
  if (!socket) throw new Error('the connection is gone');
  // Nothing more can be said to a reader that does not read.
  return new SocketSink(socket, sseFormat, () => socket.destroy());
}

/** One timer for all streams. A reader whose buffer has not moved from one ping to the next is gone. */
function pingAll(streams: Set<ServerResponse>, onSilent: () => void): () => void {
  const taken = new WeakMap<ServerResponse, number>();
  const timer = setInterval(() => {
    for (const res of streams) {
      const { socket } = res;
      if (!socket) continue;
      const read = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength > 0 && taken.get(res) === read) {
        onSilent();
        socket.destroy();
      } else {
        taken.set(res, read);
        socket.write(ping);
      }
    }
  }, pingMs);
  timer.unref();
  return () => clearInterval(timer);
}
