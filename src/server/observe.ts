import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from './context.ts';
import { reasonOfUnknown } from './errors.ts';
import type { Metrics, Surface } from './metrics/metrics.ts';
import {
  activeTracer,
  endRequestSpan,
  inSpan,
  type SpanFacts,
  startSpan,
  type TraceContext,
  traceOf,
} from './tracing.ts';

declare module 'node:http' {
  interface IncomingMessage {
    /** What its calls are a part of, where traces are taken. */
    trace?: TraceContext | undefined;
  }
}

/** The methods that a span may name; there are many more, and each would be a name. */
const methods = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/**
 * Notes that a request has come in, for metrics and traces: both learn its route, which is a name of ours, and how it
 * was answered. Costs next to nothing where nobody asks for either.
 */
export function observeRequest(
  metrics: Metrics,
  surface: Surface,
  route: string,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  const isPreflight = req.method === 'OPTIONS';
  metrics.request(res, surface, isPreflight ? 'preflight' : route);
  if (surface !== 'other' && !isPreflight) traceRequest(surface, route, req, res);
}

function traceRequest(surface: Surface, route: string, req: IncomingMessage, res: ServerResponse): void {
  const tracer = activeTracer();
  if (!tracer) return;
  const { method = '' } = req;
  const isKnown = methods.has(method);
  const template = surface === 'trpc' ? `/trpc/${route}` : route;
  const { span, within } = startSpan(tracer, {
    name: [isKnown ? method : 'HTTP', ...(route === 'unknown' ? [] : [template])].join(' '),
    isEntry: true,
    parent: traceOf(req.headers),
    attributes: {
      'http.request.method': isKnown ? method : '_OTHER',
      ...(route !== 'unknown' && { 'http.route': template }),
    },
  });
  req.trace = within;
  res.on('close', () => endRequestSpan(span, res.writableFinished ? res.statusCode : undefined));
}

/** Makes a call of a procedure, and notes how it went. Throws what it throws, which must be a TRPCError. */
export function observeCall<Result>(
  { deps, transport, trace }: Context,
  path: string,
  run: () => Promise<Result>,
): Promise<Result> {
  if (transport === undefined && !activeTracer()) return run();
  const facts: SpanFacts = {
    name: path,
    // Without a request of its own it is what comes in.
    isEntry: transport === 'ws' || transport === 'sse',
    parent: trace,
    attributes: { 'rpc.system': 'trpc', 'rpc.method': path },
  };
  if (transport === undefined) return inSpan(facts, run);

  const end = deps.metrics.call(transport, path);
  const call = inSpan(facts, run);
  call.then(
    () => end('ok'),
    (error: unknown) => end(reasonOfUnknown(error)),
  );
  return call;
}
