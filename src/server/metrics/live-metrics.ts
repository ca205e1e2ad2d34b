import { Counter, Gauge, type Registry } from 'prom-client';
import type { BoundedQueue } from '../limits/bounded-queue.ts';
import type { Hub } from '../live/hub.ts';
import type { Readiness } from '../readiness.ts';

/** What knows by itself how it stands. */
export interface Live {
  hub: Pick<Hub, 'counts' | 'onChange'>;
  roomMessages: {
    size(): number;
    capacity: number;
    /** Only where this process holds them. */
    lost?: (() => { evicted: number; expired: number }) | undefined;
  };
  inboxWaiting(): number;
  hashing: BoundedQueue;
  readiness: Readiness;
}

/** Nothing is counted twice for these: each is asked when a scrape wants to know. */
export function watchLive(
  registry: Registry,
  { hub, roomMessages, inboxWaiting, hashing, readiness }: Live,
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
    help: 'Room messages that can be held (MAX_MESSAGES).',
    registers,
  }).set(roomMessages.capacity);
  const { lost } = roomMessages;
  if (lost)
    new Counter({
      name: 'mirage_room_messages_lost_total',
      help: 'Room messages that are held no more: they had to make way, or their time was over.',
      labelNames: ['reason'],
      registers,
      collect() {
        this.reset();
        for (const [reason, count] of Object.entries(lost())) this.inc({ reason }, count);
      },
    });
  new Gauge({
    name: 'mirage_inbox_messages_waiting',
    help: 'Inbox messages that wait for a commit.',
    registers,
    collect() {
      this.set(inboxWaiting());
    },
  });
  new Gauge({
    name: 'mirage_password_jobs',
    help: 'Passwords that are being hashed or compared, and those that wait for it, in the whole process.',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'running' }, hashing.running);
      this.set({ state: 'waiting' }, hashing.waiting);
    },
  });
  new Gauge({
    name: 'mirage_service_up',
    help: 'Whether a service that the server depends on answers: 1, or 0.',
    labelNames: ['service'],
    registers,
    async collect() {
      for (const [service, state] of Object.entries(await readiness()))
        this.set({ service }, state === 'ok' ? 1 : 0);
    },
  });
}

const kinds = ['room', 'inbox', 'presence'];

function watchSubscriptions(registry: Registry, hub: Live['hub']): void {
  const registers = [registry];
  const labelNames = ['kind'];
  const open = new Gauge({
    name: 'mirage_subscriptions',
    help: 'Subscriptions that are open, by what they follow.',
    labelNames,
    registers,
  });
  const opened = new Counter({
    name: 'mirage_subscriptions_opened_total',
    help: 'Subscriptions that were opened.',
    labelNames,
    registers,
  });
  for (const kind of kinds) {
    open.set({ kind }, 0);
    opened.inc({ kind }, 0);
  }
  hub.onChange((topic, _facts, change) => {
    // A topic's name is its kind, a colon, and whose it is.
    const labels = { kind: topic.slice(0, topic.indexOf(':')) };
    if (change === 'opened') opened.inc(labels);
    open.inc(labels, change === 'opened' ? 1 : -1);
  });
  new Counter({
    name: 'mirage_deliveries_total',
    help: 'Events handed to subscribers, once for each of them.',
    registers,
    collect() {
      this.reset();
      this.inc(hub.counts.deliveries);
    },
  });
  new Counter({
    name: 'mirage_subscribers_dropped_total',
    help: 'Subscribers let go because they did not keep up, with news or with their history.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(hub.counts.drops)) this.inc({ reason }, count);
    },
  });
}
