/** Many subscribers in one process, which count events and measure their latency. */
import type { Socket } from 'node:net';
import { serve } from '../lib/child.ts';
import { nowUs } from '../lib/stamp.ts';
import { keepSubscribed } from './keep-subscribed.ts';
import { type Protocol, type Subscription, subscribe } from './subscriber.ts';

interface Crowd {
  port: number;
  protocol: Protocol;
  tokens: string[];
  count: number;
  /** Whether they subscribe again when they lose their connection. */
  comeBack?: boolean;
}

const sockets: Socket[] = [];
const stalled: Socket[] = [];
/** Those who have lost their connection and are subscribed again. */
const returned = new Set<Subscription>();
let deliveries = 0;
let latencies: number[] = [];
let awaited = Number.POSITIVE_INFINITY;
let onAwaited = () => {};

function onDelivery(stampUs: number): void {
  deliveries += 1;
  latencies.push(nowUs() - stampUs);
  if (deliveries >= awaited) onAwaited();
}

serve({
  /** Adds subscribers in groups, so that the server's accept queue does not overflow. */
  async connect({ count, tokens, comeBack = false, ...server }: Crowd) {
    const atOnce = 50;
    for (let done = 0; done < count; done += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, count - done) }, async (_, index) => {
        const token = tokens[(done + index) % tokens.length] ?? '';
        const subscription = { ...server, token, onDelivery };
        const socket = await subscribe(subscription);
        if (comeBack) void keepSubscribed(socket, subscription, returned);
        return socket;
      });
      sockets.push(...(await Promise.all(some)));
    }
  },

  returned: () => returned.size,

  /** Resolves when this many events have arrived in total. */
  until(total: number) {
    if (deliveries >= total) return undefined;
    awaited = total;
    return new Promise<void>((resolve) => {
      onAwaited = () => {
        awaited = Number.POSITIVE_INFINITY;
        resolve();
      };
    });
  },

  /** The latencies since the previous call. */
  latencies() {
    const sorted = Float64Array.from(latencies).sort();
    latencies = [];
    const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
    return { p50Us: at(0.5), p99Us: at(0.99), maxUs: at(1) };
  },

  /** Makes one of the active readers stop reading. */
  stall() {
    const socket = sockets.shift();
    if (!socket) throw new Error('no active reader is left');
    stalled.push(socket.pause());
  },

  /** Disconnects the readers that have stopped. */
  release() {
    for (const socket of stalled.splice(0)) socket.destroy();
  },

  leave() {
    for (const socket of sockets.splice(0)) socket.destroy();
  },
});
