/**
 * The typed client.
 * @module mirage/client
 */
import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  httpLink,
  httpSubscriptionLink,
  retryLink,
  splitLink,
  type TRPCClient,
  TRPCClientError,
  type TRPCLink,
  wsLink,
} from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { WebSocket as NodeWebSocket } from 'ws';
import type { AppRouter, Reason } from './api.ts';
import { backoffMs } from './backoff.ts';
import { type Connection, createConnection } from './connection.ts';
import { eventSourceFor } from './event-source.ts';
import { inboxFromNow } from './inbox-from-now.ts';
import { authorization, currentToken, type TokenSource } from './token.ts';

export type { PresenceEvent } from './api.ts';
export type { Connection, ConnectionState } from './connection.ts';
export { applyPresence, type Present } from './presence.ts';
export type { TokenSource } from './token.ts';
export type { AppRouter, Reason };

/** What each procedure takes: `Inputs['chat']['sendMessage']`. The page “Procedures” has them all. */
export type Inputs = inferRouterInputs<AppRouter>;
/** What each procedure gives, as the client receives it: times are text in ISO 8601. `Outputs['chat']['sendMessage']` */
export type Outputs = inferRouterOutputs<AppRouter>;

/** For {@link createMirageClient}. */
export interface MirageClientOptions {
  /** Where the server is, such as `http://127.0.0.1:5000`, or `https://example.org/chat` where it is mounted under a path. */
  url: string;
  /** From `auth.login`. It travels in a header or in a message, never in a URL. */
  token?: TokenSource;
  /** How events arrive: over a WebSocket unless told otherwise. `sse` passes proxies that know only HTTP. */
  transport?: 'ws' | 'sse';
}

/**
 * A client of tRPC with a method for each procedure, `client.chat.sendMessage.mutate(input)`; `query` and `subscribe` are
 * the others. What is refused rejects with tRPC's `TRPCClientError`: see {@link reasonOf}.
 */
export type MirageClient = TRPCClient<AppRouter> & {
  /** The one connection of all subscriptions. */
  readonly connection: Connection;
};

/**
 * The typed client, for browsers and for Node. Queries made in the same tick travel in one request. Subscriptions share
 * one connection, which is opened with the first of them, and resume by themselves when it was lost.
 */
export function createMirageClient({ url, token, transport = 'ws' }: MirageClientOptions): MirageClient {
  const endpoint = new URL(url);
  endpoint.pathname = `${endpoint.pathname.replace(/\/+$/, '')}/trpc`;
  const { link: subscriptions, close } =
    transport === 'ws' ? webSocketLink(endpoint, token) : eventStreamLink(endpoint, token);
  const { connection, link: watch } = createConnection(close);
  const options = { url: endpoint.href, headers: () => authorization(token) };
  const calls = splitLink({
    // Each by itself, as several long messages would be more than a request may hold.
    condition: ({ type }) => type === 'mutation',
    true: httpLink(options),
    false: httpBatchLink({ ...options, maxItems, maxURLLength }),
  });
  const plain = createTRPCClient<AppRouter>({ links: [calls] });

  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: [
          watch,
          whileUnavailable,
          inboxFromNow(() => newestInboxId(plain)),
          whileUnavailable,
          subscriptions,
        ],
        false: calls,
      }),
    ],
  });
  // The client is a proxy itself, on which every name stands for a router.
  return new Proxy(client, {
    get: (target, name) => (name === 'connection' ? connection : Reflect.get(target, name)),
  }) as MirageClient; // safe: with the one property more
}

/** The server takes no more calls in one request. */
const maxItems = 20;
/** Well below what servers and proxies take for a request with its headers; no call has as much by itself. */
const maxURLLength = 6000;

/** Subscribes again, and resumes, for as long as the server cannot reach what it needs. */
const whileUnavailable = retryLink<AppRouter>({
  retry: ({ error }) => reasonOf(error) === 'UNAVAILABLE',
  retryDelayMs: (attempts) => backoffMs(Math.min(attempts, 3)), // some seconds, as the server itself is there
});

async function newestInboxId({ inbox }: TRPCClient<AppRouter>): Promise<string> {
  const { messages } = await inbox.listMessages.query({ limit: 1 });
  return String(messages[0]?.id ?? 0);
}

interface Transport {
  link: TRPCLink<AppRouter>;
  close(): void;
}

function webSocketLink(endpoint: URL, token: TokenSource): Transport {
  const url = new URL(endpoint);
  url.protocol = url.protocol.replace('http', 'ws');
  const client = createWSClient({
    url: url.href,
    // Node has none of its own before version 22; in browsers this import is an empty stand-in.
    WebSocket: globalThis.WebSocket ?? NodeWebSocket,
    async connectionParams() {
      const current = await currentToken(token);
      return current === undefined ? {} : { token: current };
    },
    lazy: { enabled: true, closeMs: 1000 },
    retryDelayMs: backoffMs,
    keepAlive: { enabled: true, intervalMs: 15_000, pongTimeoutMs: 5000 },
  });
  return { link: wsLink({ client }), close: () => void client.close() };
}

function eventStreamLink(endpoint: URL, token: TokenSource): Transport {
  const link = httpSubscriptionLink<AppRouter, ReturnType<typeof eventSourceFor>>({
    url: endpoint.href,
    EventSource: eventSourceFor(token),
  });
  return { link, close() {} };
}

/** Why the server refused, to branch on; undefined for what was no refusal, such as a lost connection. */
export function reasonOf(error: unknown): Reason | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  return (error as TRPCClientError<AppRouter>).data?.reason; // safe: all our errors have this shape
}
