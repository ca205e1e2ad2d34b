import type { IncomingMessage, ServerResponse } from 'node:http';
import { getErrorShape, getTRPCErrorFromUnknown } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { Context } from '../../api/context.ts';
import { directRouter } from '../../api/direct/direct-router.ts';
import { reasonOfUnknown } from '../../core/errors.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { sendJson } from '../reply.ts';
import { answerSharedStream, sharedStreamPath } from './shared-sse.ts';
import { createSseContext, hasValidConnectionParams, inputOf } from './sse-request.ts';
import { createSseStreams, type SseStreams } from './sse-streams.ts';
import { runSubscription } from './sse-subscription.ts';

export interface SseEndpoint extends Pick<SseStreams, 'close' | 'size'> {
  /** Returns false for requests that are not subscriptions. */
  handle(path: string, query: string | undefined, req: IncomingMessage, res: ServerResponse): boolean;
}

/**
 * Subscriptions as server-sent events: one in tRPC's own protocol at `GET /trpc/<procedure>`, and many in one stream at
 * `POST /trpc/subscriptions`.
 */
export function createSse(deps: Deps): SseEndpoint {
  const streams = createSseStreams(deps);

  async function answer(path: string, query: URLSearchParams, req: IncomingMessage, res: ServerResponse) {
    const context = createSseContext(deps, query, req, res);
    // Before the response begins: an EventSource does not repeat a request that was answered with another status than 200.
    const isTicketInvalid = await context.then(
      () => false,
      (error: unknown) => reasonOfUnknown(error) === 'INVALID_TICKET' && refuse(path, error, res),
    );
    if (isTicketInvalid || res.destroyed) return;

    const stream = streams.open(req, res);
    let ctx: Context | undefined;
    let input: unknown;
    try {
      ctx = await context;
      input = inputOf(query, req);
      await runSubscription(stream, { path, input, ctx, format: stream.framing });
    } catch (cause) {
      const shape = shapeOf(path, cause, { input, ctx });
      stream.write({ event: 'serialized-error', data: JSON.stringify(shape) });
    } finally {
      stream.end();
    }
  }

  return {
    handle(path, queryString, req, res) {
      const isShared = req.method === 'POST' && path === sharedStreamPath;
      const isSingle = req.method === 'GET' && directRouter.find(path)?.type === 'subscription';
      if (!isShared && !isSingle) return false;
      const query = new URLSearchParams(queryString);
      if (isSingle && (query.get('batch') === '1' || !hasValidConnectionParams(query))) return false;
      const run = () =>
        void (isShared
          ? answerSharedStream(deps, streams, req, res).catch((error: unknown) => refuse(path, error, res))
          : answer(path, query, req, res));
      // A pipelined request has no socket to write to before the answers ahead of it are complete.
      if (res.socket) run();
      else res.once('socket', run);
      return true;
    },

    close: () => streams.close(),

    get size() {
      return streams.size;
    },
  };
}

function shapeOf(path: string, thrown: unknown, call: { input: unknown; ctx: Context | undefined }) {
  const error = getTRPCErrorFromUnknown(thrown);
  return getErrorShape({ config: directRouter.config, error, type: 'subscription', path, ...call });
}

function refuse(path: string, thrown: unknown, res: ServerResponse): true {
  const status = getHTTPStatusCodeFromError(getTRPCErrorFromUnknown(thrown));
  if (!res.headersSent && !res.destroyed)
    sendJson(res, status, { error: shapeOf(path, thrown, { input: undefined, ctx: undefined }) });
  return true;
}
