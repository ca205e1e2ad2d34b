import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import {
  type Attributes,
  context,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Context as TraceContext,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { type Reason, reasonOfUnknown } from './errors.ts';

export type { TraceContext };

/** The context for starting a new trace. */
export const noTrace = ROOT_CONTEXT;

/**
 * The tracer of the SDK that the operator has loaded, if any. Looking it up takes 11 ns; the no-op spans that the API
 * creates without an SDK would cost a request fifty times as much.
 */
export function activeTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider
    ? provider.getDelegateTracer('mirage')
    : provider.getTracer('mirage');
}

const flushMs = 3000;

/** Flushes the SDK's pending spans before the process exits, waiting 3 s at most. */
export async function flushSpans(): Promise<void> {
  const provider: TracerProvider = trace.getTracerProvider();
  const sdk = 'getDelegate' in provider ? (provider as ProxyTracerProvider).getDelegate() : provider; // safe: it has the method, even if it comes from another copy of the package
  if (!('forceFlush' in sdk) || typeof sdk.forceFlush !== 'function') return;
  const sent: Promise<unknown> = sdk.forceFlush();
  await Promise.race([sent.catch(() => {}), setTimeout(flushMs, undefined, { ref: false })]);
}

/** The trace that a request belongs to: the active one, or else the one in its `traceparent` header. */
export function traceOf(headers: IncomingHttpHeaders): TraceContext {
  const active = context.active();
  return trace.getSpan(active) ? active : propagation.extract(active, headers);
}

/** Neither the name nor the attributes may contain caller input. */
export interface SpanFacts {
  name: string;
  attributes?: Attributes;
  /** Whether this is a server span: the entry point of a request. */
  isEntry?: boolean;
  parent?: TraceContext | undefined;
}

/** Starts a span; `within` is the context for its children. */
export function startSpan(tracer: Tracer, { name, attributes = {}, isEntry, parent }: SpanFacts) {
  const outer = parent ?? context.active();
  const kind = isEntry ? SpanKind.SERVER : SpanKind.INTERNAL;
  const span = tracer.startSpan(name, { kind, attributes }, outer);
  return { span, within: trace.setSpan(outer, span) };
}

/** Runs a function in a span of its own if an SDK is loaded. */
export function inSpan<Result>(facts: SpanFacts, run: () => Promise<Result>): Promise<Result> {
  const tracer = activeTracer();
  return tracer ? runInSpan(tracer, facts, run) : run();
}

async function runInSpan<Result>(tracer: Tracer, facts: SpanFacts, run: () => Promise<Result>) {
  const { span, within } = startSpan(tracer, facts);
  try {
    return await context.with(within, run);
  } catch (error) {
    markFailed(span, reasonOfUnknown(error));
    throw error;
  } finally {
    span.end();
  }
}

/** Errors of the server, as opposed to those of the caller. */
const faults: readonly string[] = ['INTERNAL', 'UNAVAILABLE'] satisfies Reason[];

/** Records only the reason: a thrown error may quote SQL, a path or caller input. */
function markFailed(span: Span, reason: Reason): void {
  span.setAttribute('error.type', reason);
  if (faults.includes(reason)) span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Ends the span of a request. The status is undefined if the request was aborted. */
export function endRequestSpan(span: Span, status: number | undefined): void {
  if (status === undefined) span.setAttribute('error.type', 'aborted');
  else {
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) {
      span.setAttribute('error.type', String(status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
  }
  span.end();
}
