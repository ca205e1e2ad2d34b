import { type TrackedEnvelope, tracked } from '@trpc/server';
import type { Context, Session } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Batch, LiveEvent } from '../live/batch.ts';
import type { Sink } from '../live/sink.ts';
import type { Subscription } from '../live/subscription.ts';

type Events<Tracked, Untracked> = AsyncIterable<Envelope<Tracked> | Untracked, void, unknown>;
/** None where nothing has an id. */
type Envelope<Tracked> = [Tracked] extends [never] ? never : TrackedEnvelope<Tracked>;

/**
 * What a subscription procedure returns. On a connection that is the subscription itself, to which the transport
 * attaches; to callers within the process, and to tRPC's stock adapters, it is a plain iterable of its events.
 */
export function deliver<Tracked, Untracked>(
  { connection }: Pick<Context, 'connection'>,
  subscription: Subscription,
): Events<Tracked, Untracked> {
  // safe: the transport takes it for what it is, and sends events of just these types
  if (connection) return subscription as unknown as Events<Tracked, Untracked>;
  return iterate(subscription) as Events<Tracked, Untracked>;
}

/** Who subscribes, as the services ask for it. */
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

  const end = ended(subscription);
  try {
    subscription.attach(sink);
    while (!subscription.ended || queue.length > 0) {
      for (const { id, data } of queue.splice(0)) yield id === undefined ? data : tracked(id, data);
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

/** Resolves when the subscription ends, or rejects with the reason. */
async function ended(subscription: Subscription): Promise<void> {
  await subscription.next(); // itself
  await subscription.next();
}
