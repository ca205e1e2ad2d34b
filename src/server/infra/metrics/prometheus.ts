import { setTimeout } from 'node:timers/promises';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type LiveState, watchLiveState } from './live-metrics.ts';
import type { Metrics, Openable } from './metrics.ts';

export interface Prometheus extends Metrics {
  /** Adds the metrics that are read from the running server at each scrape. */
  watch(state: LiveState): void;
}

/** In seconds, from calls that only use memory to those that wait in the password queue. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

let processRegistry: Registry | undefined;

/** The default metrics of prom-client. They describe the process and cannot be stopped, so they are started once. */
function processMetrics(): Registry {
  if (!processRegistry) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}

/** Metrics for Prometheus. Each server has its own registry, so that several in one process stay separate. */
export function createPrometheus(version: string): Prometheus {
  const registry = new Registry();
  const registers = [registry];
  const ofProcess = processMetrics();

  new Gauge({
    name: 'mirage_build_info',
    help: 'Always 1; the labels are the versions of Mirage and Node.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1);
  const requests = new Counter({
    name: 'mirage_http_requests_total',
    help: 'Finished HTTP requests.',
    labelNames: ['surface', 'route', 'status'],
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'mirage_http_request_duration_seconds',
    help: 'Time from a request to the end of its response, in seconds.',
    labelNames: ['surface', 'route'],
    buckets: durationBuckets,
    registers,
  });
  const calls = new Counter({
    name: 'mirage_calls_total',
    help: 'Finished procedure calls that are not a request of their own.',
    labelNames: ['transport', 'procedure', 'outcome'],
    registers,
  });
  const callSeconds = new Histogram({
    name: 'mirage_call_duration_seconds',
    help: 'Duration of such calls, in seconds.',
    labelNames: ['transport', 'procedure'],
    buckets: durationBuckets,
    registers,
  });
  const logins = new Counter({
    name: 'mirage_logins_total',
    help: 'Login attempts.',
    labelNames: ['outcome'],
    registers,
  });
  const rateLimited = new Counter({
    name: 'mirage_limit_refusals_total',
    help: 'Calls rejected by a rate limit.',
    labelNames: ['limit'],
    registers,
  });
  const cuts = new Counter({
    name: 'mirage_connections_cut_total',
    help: 'Connections closed because the client did not read or respond.',
    labelNames: ['reason'],
    registers,
  });
  const gaps = new Counter({
    name: 'mirage_room_gaps_total',
    help: 'Gap events: times that the readers of a room were told that messages are missing.',
    registers,
  });
  const roomMessages = new Counter({
    name: 'mirage_room_messages_sent_total',
    help: 'Room messages sent through this server.',
    registers,
  });
  const mails = new Counter({
    name: 'mirage_mails_total',
    help: 'Mails by what became of them: sent, rejected for good, failed for now, or expired.',
    labelNames: ['outcome'],
    registers,
  });
  const open = openGauges(registry);

  return {
    request(response, surface, route) {
      const startedAt = performance.now();
      response.on('close', () => {
        // The duration of an aborted response would be meaningless.
        if (!response.writableFinished) return requests.inc({ surface, route, status: 'aborted' });
        requests.inc({ surface, route, status: response.statusCode });
        requestSeconds.observe({ surface, route }, secondsSince(startedAt));
      });
    },
    call(transport, procedure) {
      const startedAt = performance.now();
      return (outcome) => {
        calls.inc({ transport, procedure, outcome });
        callSeconds.observe({ transport, procedure }, secondsSince(startedAt));
      };
    },
    roomMessage: () => roomMessages.inc(),
    login: (outcome) => logins.inc({ outcome }),
    refused: (limit) => rateLimited.inc({ limit }),
    cut: (reason) => cuts.inc({ reason }),
    gap: () => gaps.inc(),
    commit: commits(registry, { name: 'inbox', messages: 'inbox messages' }),
    keptCommit: commits(registry, { name: 'kept_room', messages: 'messages of kept rooms' }),
    mail: (outcome) => mails.inc({ outcome }),
    countOpen: (kind, count) => void open[kind].push(count),
    async expose() {
      // Event loop delay is recorded by a timer, and a delay that has just ended is only recorded once timers run.
      await setTimeout(0);
      const all = Registry.merge([registry, ofProcess]);
      return { contentType: all.contentType, text: await all.metrics() };
    },
    watch(state) {
      watchLiveState(registry, state);
    },
  };
}

/** The size and the duration of group commits. */
function commits(
  registry: Registry,
  { name, messages }: { name: string; messages: string },
): (rows: number, seconds: number) => void {
  const registers = [registry];
  const size = new Histogram({
    name: `mirage_${name}_commit_messages`,
    help: `Number of ${messages} per commit.`,
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  });
  const duration = new Histogram({
    name: `mirage_${name}_commit_duration_seconds`,
    help: `Duration of commits of ${messages}, in seconds.`,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  return (rows, seconds) => {
    size.observe(rows);
    duration.observe(seconds);
  };
}

const secondsSince = (startedAt: number) => (performance.now() - startedAt) / 1000;

function openGauges(registry: Registry): Record<Openable, (() => number)[]> {
  const gauge = (name: string, help: string) => {
    const counts: (() => number)[] = [];
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(counts.reduce((sum, count) => sum + count(), 0));
      },
    });
    return counts;
  };
  return {
    connections: gauge('mirage_connections', 'Open network connections, including WebSockets.'),
    websockets: gauge('mirage_websockets', 'Open WebSockets.'),
    event_streams: gauge('mirage_event_streams', 'Open event streams (SSE).'),
  };
}
