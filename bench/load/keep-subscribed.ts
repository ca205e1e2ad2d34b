import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { backoff } from '../lib/built.ts';
import { type Subscription, subscribe } from './subscriber.ts';

/** Subscribes again whenever the connection is lost, as soon as the clients would. It is in `returned` while it then is subscribed. */
export async function keepSubscribed(
  first: Socket,
  subscription: Subscription,
  returned: Set<Subscription>,
): Promise<never> {
  for (let socket = first; ; ) {
    await closed(socket);
    returned.delete(subscription);
    socket = await subscribeAgain(subscription);
    returned.add(subscription);
  }
}

const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

async function subscribeAgain(subscription: Subscription): Promise<Socket> {
  const { backoffMs } = await backoff();
  for (let attempt = 0; ; attempt += 1) {
    await setTimeout(backoffMs(attempt));
    try {
      return await subscribe(subscription);
    } catch {
      // Refused or reset: the server does not listen yet, or no longer.
    }
  }
}
