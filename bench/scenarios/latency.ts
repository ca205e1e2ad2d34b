import type { Child } from '../lib/process.ts';
import { number, type Table } from '../lib/report.ts';
import { type Figures, type Rounds, summary } from '../lib/series.ts';
import type { RunOptions } from './options.ts';

/** How long one caller waits, and the server's CPU time for each request. */
export interface Latency {
  p50Ms: number;
  p99Ms: number;
  cpuUs: number;
}

/** One request again and again, for a third of the time of other measurements, or every so many milliseconds. `load` is load/latencies.js. */
export async function measureLatency(
  load: Child,
  server: Child,
  request: string,
  { seconds, callers = 1, everyMs }: Pick<RunOptions, 'seconds'> & { callers?: number; everyMs?: number },
): Promise<Latency> {
  const before = await server.usage();
  const done = await load.call<{ count: number; p50Ms: number; p99Ms: number }>('run', {
    port: server.ready.port,
    request,
    seconds: seconds / 3,
    callers,
    everyMs,
  });
  const after = await server.usage();
  return { p50Ms: done.p50Ms, p99Ms: done.p99Ms, cpuUs: (after.cpuUs - before.cpuUs) / done.count };
}

/** As figures of one of several actions. */
export const named = (action: string, { p50Ms, p99Ms, cpuUs }: Latency): Figures => ({
  [`${action} p50`]: p50Ms,
  [`${action} p99`]: p99Ms,
  [`${action} cpu`]: cpuUs,
});

/** A table for each of these figures, with a row for each action and a column for each server. */
export const figureTables = (rounds: Rounds, actions: string[], servers: string[]): Table[] =>
  ['p99', 'p50', 'cpu'].map((figure) => ({
    head: [figure === 'cpu' ? 'CPU µs' : `${figure}, ms`, ...servers],
    rows: actions.map((action) => [
      action,
      ...servers.map((server) => number(summary(rounds, server, `${action} ${figure}`).median)),
    ]),
  }));
