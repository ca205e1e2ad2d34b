import { tracked } from '@trpc/server';
import { AppError } from '../core/errors.ts';
import type { Session } from '../core/session.ts';
import type { Batch, LiveEvent } from '../infra/live/batch.ts';
import type { Sink } from '../infra/live/sink.ts';
import type { Subscription } from '../infra/live/subscription.ts';
import type { Context } from './context.ts';
import type { Events } from './outputs/events.ts';

/**
 * What a subscription procedure returns: on a connection the subscription itself, which the transport attaches to;
 * for in-process callers and tRPC's stock adapters a plain async iterable of its events.
 */
export function deliver<Tracked, Untracked>(
  { connection }: Pick<Context, 'connection'>,
  subscription: Subscription,
): Events<Tracked, Untracked> {
  // safe: the transport recognizes it, and sends events of exactly these types
  if (connection) return subscription as unknown as Events<Tracked, Untracked>;
  return iterate(subscription) as Events<Tracked, Untracked>;
}

/** The subscriber, as the services expect it. */
export const subscriber = (
  { session, connection }: Pick<Context, 'connection'> & { session: Session },
  signal: AbortSignal | undefined,
) => ({ session, connection, signal });

const maxQueued = 10_000;

async function* iterate(subscription: Subscription): AsyncGenerator<unknown, void> {
  const queue: LiveEvent[] = [];
  let wake = () => {};
  let isDropped = false;
  const sink: Sink = {
    send({ events }: Batch) {
      queue.push(...events);
      wake();
      return queue.length <= maxQueued;
    },
    drained: async () => {},
    drop() {
      isDropped = true;
      wake();
    },
  };

  const end = subscription.untilEnd();
  try {
    subscription.attach(sink);
    while (!subscription.ended || queue.length > 0) {
      for (const { id, data } of queue.splice(0)) yield id === undefined ? data : envelope(id, data);
      const more = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (queue.length === 0) await Promise.race([more, end]);
    }
    if (isDropped) throw new AppError('TOO_SLOW');
    await end;
  } finally {
    subscription.end();
  }
}

/**
 * tRPC's transports unwrap the envelope, and its types describe the content to in-process callers too, although they
 * receive the envelope. So it has the properties of both.
 */
const envelope = (id: string, data: unknown) => Object.assign(tracked(id, data), { id, data });
