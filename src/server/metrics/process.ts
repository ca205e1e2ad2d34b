import { monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** A finer one would wake an idle server more often. */
const resolutionMs = 20;

/** In the order of `perf_hooks.constants.NODE_PERFORMANCE_GC_*`, which are powers of two. */
const collections: Record<number, string> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weakcb' };

/**
 * How the process is, under the names that prom-client's own metrics of it have. Those cannot be stopped, and would go
 * on when this server has been closed; the function given here stops all.
 */
export function watchProcess(registry: Registry): () => void {
  const registers = [registry];

  new Counter({
    name: 'process_cpu_user_seconds_total',
    help: 'CPU time of the process in its own code, in seconds.',
    registers,
    collect() {
      this.reset();
      this.inc(process.cpuUsage().user / 1e6);
    },
  });
  new Counter({
    name: 'process_cpu_system_seconds_total',
    help: 'CPU time of the process in the kernel, in seconds.',
    registers,
    collect() {
      this.reset();
      this.inc(process.cpuUsage().system / 1e6);
    },
  });
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process was started, in seconds since 1970.',
    registers,
    collect() {
      this.set(performance.timeOrigin / 1000);
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process, in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'Memory that JavaScript objects take, in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  new Gauge({
    name: 'nodejs_external_memory_bytes',
    help: 'Memory outside the heap that objects hold, such as buffers, in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage().external);
    },
  });

  const stopDelay = watchEventLoop(registers);
  const stopCollections = watchCollections(registers);
  return () => {
    stopDelay();
    stopCollections();
  };
}

/** Since the last time it was asked. */
function watchEventLoop(registers: Registry[]): () => void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const figures: Record<string, [help: string, nanoseconds: () => number]> = {
    mean: ['mean', () => delay.mean],
    p50: ['median', () => delay.percentile(50)],
    p99: ['99th percentile', () => delay.percentile(99)],
    // The last to be asked, so that all are of the same time.
    max: [
      'largest',
      () => {
        const { max } = delay;
        delay.reset();
        return max;
      },
    ],
  };
  for (const [figure, [words, nanoseconds]] of Object.entries(figures))
    new Gauge({
      name: `nodejs_eventloop_lag_${figure}_seconds`,
      help: `Delay of the event loop since the last scrape: ${words}, in seconds.`,
      registers,
      collect() {
        const value = nanoseconds() / 1e9;
        // Nothing was measured yet; and the timer's own period is no delay.
        this.set(Number.isFinite(value) && value < 1e6 ? Math.max(0, value - resolutionMs / 1000) : 0);
      },
    });
  return () => void delay.disable();
}

function watchCollections(registers: Registry[]): () => void {
  const histogram = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Duration of garbage collections by kind, in seconds.',
    labelNames: ['kind'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
    registers,
  });
  const observer = new PerformanceObserver((list) => {
    // safe: entries of this type have a kind, which the types of Node leave out
    for (const { detail, duration } of list.getEntries() as (PerformanceEntry & {
      detail: { kind: number };
    })[])
      histogram.observe({ kind: collections[detail.kind] ?? 'other' }, duration / 1000);
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}
