import type { ServerResponse } from 'node:http';
import type { Reason } from '../errors.ts';
import type { LimitName } from '../limits/rate-limits.ts';

/** The part of the server that a request is for. */
export type Surface = 'api' | 'trpc' | 'other';

/** How calls come in that have no request of their own. */
export type Transport = 'batch' | 'sse' | 'ws';

/** What there can be open at a time. */
export type Openable = 'connections' | 'event_streams' | 'websockets';

export type Outcome = 'ok' | Reason;

/**
 * What the code reports about its work. Names in it are ours and few, never a caller's: each is a series that lasts
 * as long as the process.
 */
export interface Metrics {
  /** A request has come in. It is counted when it has been answered or its caller has gone. */
  request(response: ServerResponse, surface: Surface, route: string): void;
  /** A call begins that has no request of its own. It is counted when the function it gives is called. */
  call(transport: Transport, procedure: string): (outcome: Outcome) => void;
  roomMessage(): void;
  login(outcome: Outcome): void;
  /** Somebody was refused because of a limit. */
  refused(limit: LimitName | 'connections'): void;
  /** A connection was cut: its answers were not read, or its pings not answered. */
  cut(reason: 'silent' | 'unread_answers'): void;
  /** Readers of a room are told that messages are missing. */
  gap(): void;
  /** Inbox messages were stored by one commit. */
  commit(rows: number, seconds: number): void;
  /** From now on `count` is asked how many there are. Several servers may stand on the same metrics. */
  countOpen(kind: Openable, count: () => number): void;
  /** All of it in the text format of Prometheus; absent where nothing is measured. */
  expose?: () => Promise<{ contentType: string; text: string }>;
}

/** Without `METRICS_TOKEN`. */
export const noMetrics: Metrics = {
  request() {},
  call: () => () => {},
  roomMessage() {},
  login() {},
  refused() {},
  cut() {},
  gap() {},
  commit() {},
  countOpen() {},
};
