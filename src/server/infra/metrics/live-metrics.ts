import { Counter, Gauge, type Registry } from 'prom-client';
import type { Readiness } from '../health/readiness.ts';
import type { BoundedQueue } from '../limits/bounded-queue.ts';
import type { Hub } from '../live/hub.ts';

/** The components whose state is read at each scrape. */
export interface LiveState {
  hub: Pick<Hub, 'counts' | 'onChange'>;
  roomMessages: {
    size(): number;
    capacity: number;
    /** Undefined if the messages are held in Redis. */
    lost?: (() => { evicted: number; expired: number }) | undefined;
  };
  inboxWaiting(): number;
  keptWaiting(): number;
  hashing: BoundedQueue;
  readiness: Readiness;
}

/** Registers metrics that read their values from the components instead of counting again. */
export function watchLiveState(
  registry: Registry,
  { hub, roomMessages, inboxWaiting, keptWaiting, hashing, readiness }: LiveState,
): void {
  const registers = [registry];

  watchSubscriptions(registry, hub);

  new Gauge({
    name: 'mirage_room_messages',
    help: 'Room messages held.',
    registers,
    collect() {
      this.set(roomMessages.size());
    },
  });
  new Gauge({
    name: 'mirage_room_messages_capacity',
    help: 'Maximum number of room messages held (MAX_MESSAGES).',
    registers,
  }).set(roomMessages.capacity);
  const { lost } = roomMessages;
  if (lost)
    new Counter({
      name: 'mirage_room_messages_lost_total',
      help: 'Room messages removed because the store was full (evicted) or because of their age (expired).',
      labelNames: ['reason'],
      registers,
      collect() {
        this.reset();
        for (const [reason, count] of Object.entries(lost())) this.inc({ reason }, count);
      },
    });
  new Gauge({
    name: 'mirage_inbox_messages_waiting',
    help: 'Inbox messages waiting for a commit.',
    registers,
    collect() {
      this.set(inboxWaiting());
    },
  });
  new Gauge({
    name: 'mirage_kept_room_messages_waiting',
    help: 'Messages of kept rooms waiting for a commit.',
    registers,
    collect() {
      this.set(keptWaiting());
    },
  });
  new Gauge({
    name: 'mirage_password_jobs',
    help: 'Password hashes being computed (running) and queued (waiting) in the process.',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'running' }, hashing.running);
      this.set({ state: 'waiting' }, hashing.waiting);
    },
  });
  new Gauge({
    name: 'mirage_service_up',
    help: 'Whether a service that the server depends on is available: 1 or 0.',
    labelNames: ['service'],
    registers,
    async collect() {
      for (const [service, state] of Object.entries(await readiness()))
        this.set({ service }, state === 'ok' ? 1 : 0);
    },
  });
}

const kinds = ['room', 'inbox', 'presence'];

function watchSubscriptions(registry: Registry, hub: LiveState['hub']): void {
  const registers = [registry];
  const labelNames = ['kind'];
  const open = new Gauge({
    name: 'mirage_subscriptions',
    help: 'Open subscriptions by kind.',
    labelNames,
    registers,
  });
  const opened = new Counter({
    name: 'mirage_subscriptions_opened_total',
    help: 'Subscriptions opened.',
    labelNames,
    registers,
  });
  for (const kind of kinds) {
    open.set({ kind }, 0);
    opened.inc({ kind }, 0);
  }
  hub.onChange((topic, _facts, change) => {
    // Topics are named `<kind>:<owner>`.
    const labels = { kind: topic.slice(0, topic.indexOf(':')) };
    if (change === 'opened') opened.inc(labels);
    open.inc(labels, change === 'opened' ? 1 : -1);
  });
  new Counter({
    name: 'mirage_deliveries_total',
    help: 'Events sent, counted once per subscriber.',
    registers,
    collect() {
      this.reset();
      this.inc(hub.counts.deliveries);
    },
  });
  new Counter({
    name: 'mirage_subscribers_dropped_total',
    help: 'Subscriptions ended because the client read new events (backlog) or its history too slowly.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(hub.counts.drops)) this.inc({ reason }, count);
    },
  });
}
