import type { IncomingMessage, ServerResponse } from 'node:http';
import { activeTracer, endRequestSpan, startSpan, type TraceContext, traceOf } from '../core/tracing.ts';
import type { Metrics, Surface } from '../infra/metrics/metrics.ts';

declare module 'node:http' {
  interface IncomingMessage {
    /** Parent of the spans of its calls, when tracing is on. */
    trace?: TraceContext | undefined;
  }
}

/** Methods that span names may contain, so that callers cannot create new names. */
const methods = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/**
 * Records a request in metrics and traces, under its route (one of a fixed set of names) and response status. Nearly free
 * when both are off.
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
