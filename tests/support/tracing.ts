import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type ContextManager,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { onTestFinished } from 'vitest';

/** Keeps the context over what waits, as the SDK for Node does. */
function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (given, run, thisArg, ...args) => storage.run(given, () => run.call(thisArg as never, ...args)),
    bind: (_given, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}

/** The part of W3C's trace context that is read here. */
const traceparent: TextMapPropagator = {
  inject() {},
  fields: () => ['traceparent'],
  extract(given, carrier, getter) {
    const [, traceId, spanId] =
      /^00-(\w{32})-(\w{16})-01$/.exec(String(getter.get(carrier, 'traceparent'))) ?? [];
    if (!traceId || !spanId) return given;
    return trace.setSpanContext(given, { traceId, spanId, traceFlags: 1, isRemote: true });
  },
};

/** What an operator's SDK would see of this process, from now on until the test has finished. */
export function startTracing() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(createContextManager());
  propagation.setGlobalPropagator(traceparent);
  const stop = () => {
    trace.disable();
    context.disable();
    propagation.disable();
  };
  onTestFinished(stop);

  const spans = () =>
    exporter.getFinishedSpans().map((span) => ({
      name: span.name,
      id: span.spanContext().spanId,
      traceId: span.spanContext().traceId,
      parent: span.parentSpanContext?.spanId,
      isEntry: span.kind === SpanKind.SERVER,
      isError: span.status.code === SpanStatusCode.ERROR,
      attributes: span.attributes,
      /** All that leaves the process with it. */
      text: JSON.stringify([span.name, span.attributes, span.events, span.status, span.links]),
    }));

  /** The spans there are, each under its parent: `name > child, child`. */
  function tree(): string[] {
    const all = spans();
    const draw = (id: string | undefined): string[] =>
      all
        .filter(({ parent }) => parent === id)
        .map(({ name, id }) => {
          const children = draw(id);
          return children.length > 0 ? `${name} > (${children.sort().join(', ')})` : name;
        });
    const known = new Set(all.map(({ id }) => id));
    return [
      ...new Set(all.map(({ parent }) => parent).filter((id) => id === undefined || !known.has(id))),
    ].flatMap(draw);
  }

  return { spans, tree, stop, reset: () => exporter.reset() };
}
