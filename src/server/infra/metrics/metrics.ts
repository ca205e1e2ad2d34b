import type { ServerResponse } from 'node:http';
import type { Reason } from '../../core/errors.ts';
import type { LimitName } from '../limits/rate-limits.ts';

/** The part of the server that handles a request. */
export type Surface = 'api' | 'trpc' | 'other';

/** The transports of calls that are not an HTTP request of their own. */
export type Transport = 'batch' | 'sse' | 'ws';

/** The connections whose number is reported. */
export type Openable = 'connections' | 'event_streams' | 'websockets';

export type Outcome = 'ok' | Reason;

/**
 * The measurements that the code reports. Label values are from a fixed set and never caller input, since each value is
 * a time series that lasts as long as the process.
 */
export interface Metrics {
  /** Starts measuring a request; it is counted when the response ends or is aborted. */
  request(response: ServerResponse, surface: Surface, route: string): void;
  /** Starts measuring a call that is not a request of its own; it is counted when the returned function is called. */
  call(transport: Transport, procedure: string): (outcome: Outcome) => void;
  roomMessage(): void;
  login(outcome: Outcome): void;
  /** A call was rejected by a rate limit, or a connection by the limit per address. */
  refused(limit: LimitName | 'connections'): void;
  /** A connection was closed because the client did not read responses or answer pings. */
  cut(reason: 'silent' | 'unread_answers'): void;
  /** The readers of a room were told that messages are missing. */
  gap(): void;
  /** A commit stored inbox messages. */
  commit(rows: number, seconds: number): void;
  /** A commit stored messages of kept rooms. */
  keptCommit(rows: number, seconds: number): void;
  /** What became of a mail: accepted or refused by the mail server, to be tried again, or given up. */
  mail(outcome: 'sent' | 'rejected' | 'failed' | 'expired'): void;
  /** Adds a counter of open connections that is read at each scrape. Several servers may share the metrics. */
  countOpen(kind: Openable, count: () => number): void;
  /** All metrics in the text format of Prometheus; absent if metrics are off. */
  expose?: () => Promise<{ contentType: string; text: string }>;
}

/** Used if `METRICS_TOKEN` is not set. */
export const noMetrics: Metrics = {
  request() {},
  call: () => () => {},
  roomMessage() {},
  login() {},
  refused() {},
  cut() {},
  gap() {},
  commit() {},
  keptCommit() {},
  mail() {},
  countOpen() {},
};
