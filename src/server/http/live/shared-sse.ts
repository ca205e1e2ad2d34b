import type { IncomingMessage, ServerResponse } from 'node:http';
import { getErrorShape, getTRPCErrorFromUnknown } from '@trpc/server';
import { z } from 'zod';
import type { Context } from '../../api/context.ts';
import { directRouter } from '../../api/direct/direct-router.ts';
import { invalidInput } from '../../api/observe-call.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { readJsonObject } from '../body.ts';
import { sharedSseFormat } from './frames.ts';
import { createSseContext, withLastEventId } from './sse-request.ts';
import type { SseStream, SseStreams } from './sse-streams.ts';
import { runSubscription } from './sse-subscription.ts';

/** Below `/trpc/`. No procedure can have this path, because all of them are in a router. */
export const sharedStreamPath = 'subscriptions';

/** The hub refuses further ones of a connection or of a user one by one. */
const maxSubscriptions = 1000;

const body = z.object({
  subscriptions: z
    .array(
      z.object({
        /** Repeated in each message. */
        id: z.int().nonnegative(),
        path: z.string().max(128),
        input: z.unknown().optional(),
        lastEventId: z.string().max(64).optional(),
      }),
    )
    .max(maxSubscriptions)
    .refine(
      (all) => new Set(all.map(({ id }) => id)).size === all.length,
      'has two subscriptions with the same id',
    ),
});

type Requested = z.output<typeof body>['subscriptions'][number];

/**
 * Many subscriptions in one event stream, so that a browser needs one of its six connections for all of them. The data of
 * each event is a message as tRPC sends it over a WebSocket: `{ id, result }` or `{ id, error }`. To change its subscriptions,
 * a client sends a new request with all of them. Rejects, before the response begins, if the request is invalid.
 */
export async function answerSharedStream(
  deps: Deps,
  streams: SseStreams,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const parsed = body.safeParse(await readJsonObject(req));
  if (!parsed.success) throw invalidInput(parsed.error);
  const ctx = await createSseContext(deps, new URLSearchParams(), req, res);
  if (res.destroyed) return;
  const stream = streams.open(req, res);
  for (const subscription of parsed.data.subscriptions) void run(stream, ctx, subscription);
}

async function run(
  stream: SseStream,
  ctx: Context,
  { id, path, input, lastEventId }: Requested,
): Promise<void> {
  const send = (message: object) => stream.write({ data: JSON.stringify({ id, ...message }) });
  const call = { path, input: withLastEventId(input, lastEventId), ctx };
  try {
    await runSubscription(stream, {
      ...call,
      format: sharedSseFormat(id, stream.framing),
      onStarted: () => send({ result: { type: 'started' } }),
    });
    send({ result: { type: 'stopped' } });
  } catch (cause) {
    const error = getTRPCErrorFromUnknown(cause);
    send({ error: getErrorShape({ config: directRouter.config, error, type: 'subscription', ...call }) });
  }
}
