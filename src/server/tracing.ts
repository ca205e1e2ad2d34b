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

/** Where a trace begins anew. */
export const noTrace = ROOT_CONTEXT;

/**
 * The tracer of the SDK that the operator has loaded, if any. Asked each time, which takes 11 ns: the API's own way
 * without an SDK, of spans that do nothing, would cost a request fifty times as much.
 */
export function activeTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider
    ? provider.getDelegateTracer('mirage')
    : provider.getTracer('mirage');
}

const flushMs = 3000;

/** Before the process ends: lets the SDK send the spans it still holds, if it can do so soon. */
export async function flushSpans(): Promise<void> {
  const provider: TracerProvider = trace.getTracerProvider();
  const sdk = 'getDelegate' in provider ? (provider as ProxyTracerProvider).getDelegate() : provider; // safe: it has its method, if from another copy
  if (!('forceFlush' in sdk) || typeof sdk.forceFlush !== 'function') return;
  const sent: Promise<unknown> = sdk.forceFlush();
  await Promise.race([sent.catch(() => {}), setTimeout(flushMs, undefined, { ref: false })]);
}

/** What a request is a part of: what goes on here already, or else what its headers (`traceparent`) say. */
export function traceOf(headers: IncomingHttpHeaders): TraceContext {
  const active = context.active();
  return trace.getSpan(active) ? active : propagation.extract(active, headers);
}

/** Neither names nor attributes may hold what callers have sent. */
export interface SpanFacts {
  name: string;
  attributes?: Attributes;
  /** Whether this is where something comes in from outside. */
  isEntry?: boolean;
  parent?: TraceContext | undefined;
}

/** Begins a span; `within` is what takes place in it. */
export function startSpan(tracer: Tracer, { name, attributes = {}, isEntry, parent }: SpanFacts) {
  const outer = parent ?? context.active();
  const kind = isEntry ? SpanKind.SERVER : SpanKind.INTERNAL;
  const span = tracer.startSpan(name, { kind, attributes }, outer);
  return { span, within: trace.setSpan(outer, span) };
}

/** Runs something in a span of its own, where an SDK is there to take it. */
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

/** What the server is to blame for. */
const faults: readonly string[] = ['INTERNAL', 'UNAVAILABLE'] satisfies Reason[];

/** The reason alone: what was thrown may quote SQL, a path or the caller. A refusal is no error of the server. */
function markFailed(span: Span, reason: Reason): void {
  span.setAttribute('error.type', reason);
  if (faults.includes(reason)) span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Ends the span of a request, as it was answered: with a status, or not at all. */
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
