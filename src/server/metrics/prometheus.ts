import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Live, watchLive } from './live-metrics.ts';
import type { Metrics, Openable } from './metrics.ts';
import { watchProcess } from './process.ts';
import { createTimings, type Timing } from './timings.ts';

export interface Prometheus extends Metrics {
  /** What is asked how it stands when somebody wants to know. */
  watch(live: Live): void;
  close(): void;
}

/** Measures for Prometheus, in a registry of its own, so that servers in one process stay apart. */
export function createPrometheus(version: string): Prometheus {
  const registry = new Registry();
  const registers = [registry];
  const stopProcess = watchProcess(registry);

  new Gauge({
    name: 'mirage_build_info',
    help: 'Always 1; its labels say which Mirage runs on which Node.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1);
  const requests = createTimings(registry, {
    labels: ['surface', 'route', 'status'],
    counter: { name: 'mirage_http_requests_total', help: 'HTTP requests that are over.' },
    histogram: {
      name: 'mirage_http_request_duration_seconds',
      help: 'Time from a request to the end of its answer, in seconds.',
    },
  });
  const calls = createTimings(registry, {
    labels: ['transport', 'procedure', 'outcome'],
    counter: { name: 'mirage_calls_total', help: 'Calls without a request of their own that are over.' },
    histogram: { name: 'mirage_call_duration_seconds', help: 'Time that such a call took, in seconds.' },
  });
  const logins = new Counter({
    name: 'mirage_logins_total',
    help: 'Attempts to log in.',
    labelNames: ['outcome'],
    registers,
  });
  const refusals = new Counter({
    name: 'mirage_limit_refusals_total',
    help: 'Refusals because of a limit.',
    labelNames: ['limit'],
    registers,
  });
  const cuts = new Counter({
    name: 'mirage_connections_cut_total',
    help: 'Connections that were cut because the other side did not read or answer.',
    labelNames: ['reason'],
    registers,
  });
  const gaps = new Counter({
    name: 'mirage_room_gaps_total',
    help: 'Times that readers of a room had to be told that messages are missing.',
    registers,
  });
  const commitRows = new Histogram({
    name: 'mirage_inbox_commit_messages',
    help: 'Inbox messages stored by one commit.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  });
  const commitSeconds = new Histogram({
    name: 'mirage_inbox_commit_duration_seconds',
    help: 'Time that a commit of inbox messages took, in seconds.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  let roomMessages = 0;
  new Counter({
    name: 'mirage_room_messages_sent_total',
    help: 'Room messages taken in by this server.',
    registers,
    collect() {
      this.reset();
      this.inc(roomMessages);
    },
  });
  const open = openGauges(registry);

  return {
    request: (response, surface, route) => timeRequest(response, requests(surface, route)),
    call(transport, procedure) {
      const timing = calls(transport, procedure);
      const startedAt = performance.now();
      return (outcome) => {
        timing.count(outcome);
        timing.time((performance.now() - startedAt) / 1000);
      };
    },
    roomMessage() {
      roomMessages += 1;
    },
    login: (outcome) => logins.inc({ outcome }),
    refused: (limit) => refusals.inc({ limit }),
    cut: (reason) => cuts.inc({ reason }),
    gap: () => gaps.inc(),
    commit(rows, seconds) {
      commitRows.observe(rows);
      commitSeconds.observe(seconds);
    },
    countOpen: (kind, count) => void open[kind].push(count),
    async expose() {
      // Requests are read before timers run: a delay that is just over has not been measured yet.
      await setTimeout(0);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    watch: (live) => watchLive(registry, live),
    close: stopProcess,
  };
}

function timeRequest(response: ServerResponse, timing: Timing): void {
  const startedAt = performance.now();
  response.on('close', () => {
    // Without an answer, or with half of one, there is no time of an answer to tell.
    if (!response.writableFinished) return timing.count('aborted');
    timing.count(response.statusCode);
    timing.time((performance.now() - startedAt) / 1000);
  });
}

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
    connections: gauge('mirage_connections', 'Network connections that are open, WebSockets included.'),
    websockets: gauge('mirage_websockets', 'WebSockets that are open.'),
    event_streams: gauge('mirage_event_streams', 'Event streams (SSE) that are open.'),
  };
}
