import { TRPCError } from '@trpc/server';
import { jsonEncoder } from '@trpc/server/adapters/ws';
import { Subscription } from '../../infra/live/subscription.ts';
import type { AnsweredRequest } from './frames.ts';

/** A subscription on its way through tRPC's adapter, with the request that it answers. */
export class Attachment {
  readonly subscription: Subscription;
  readonly request: AnsweredRequest;

  constructor(subscription: Subscription, request: AnsweredRequest) {
    this.subscription = subscription;
    this.request = request;
  }
}

/**
 * tRPC encodes each message right before it passes it to the socket. A subscription that has yielded itself is not encoded
 * but passed on as an `Attachment`, which the socket attaches: from then on its events bypass tRPC.
 */
export const attachingEncoder = {
  decode(text: string | ArrayBuffer | Uint8Array): unknown {
    const message: unknown = jsonEncoder.decode(text);
    for (const one of Array.isArray(message) ? message : [message]) requireBounded(one);
    return message;
  },

  encode(message: unknown) {
    const { id, jsonrpc, result } = message as AnsweredRequest & { result?: { data?: unknown } }; // safe: as tRPC makes them
    if (result?.data instanceof Subscription)
      return new Attachment(result.data, { id, jsonrpc }) as unknown as string; // safe: for AttachingSocket.send alone
    return JSON.stringify(message);
  },
};

/** Repeated in every event of a subscription. */
const maxIdLength = 64;
/** Repeated in errors. */
const maxPathLength = 128;
/** Kept for as long as the connection. Node takes headers of as much. */
const maxParamLength = 16 * 1024;

/** Refuses messages with long strings where the server keeps or repeats them. */
function requireBounded(message: unknown): void {
  if (typeof message !== 'object' || message === null) return;
  const { id, params, data } = message as {
    id?: unknown;
    params?: { path?: unknown } | null;
    data?: unknown;
  };
  requireAtMost(maxIdLength, 'a request id', id);
  requireAtMost(maxPathLength, 'a path', params?.path);
  if (typeof data === 'object' && data !== null)
    for (const value of Object.values(data)) requireAtMost(maxParamLength, 'a connection parameter', value);
}

function requireAtMost(length: number, name: string, value: unknown): void {
  if (typeof value === 'string' && value.length > length)
    throw new TRPCError({ code: 'BAD_REQUEST', message: `${name} has at most ${length} characters` });
}
