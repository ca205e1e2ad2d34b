import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  httpLink,
  splitLink,
  type TRPCClient,
  type TRPCLink,
  wsLink,
} from '@trpc/client';
import type { AppRouter } from './api.ts';
import { backoffMs } from './backoff.ts';
import { type Connection, createConnection } from './connection.ts';
import { fetchJson } from './fetch-json.ts';
import { createFiles, type MirageFiles } from './files/files.ts';
import { inboxFromNow } from './inbox-from-now.ts';
import { keyHeader, once } from './once.ts';
import { resumeAfterRefusal } from './resume-after-refusal.ts';
import { createSharedStream } from './shared-stream.ts';
import { authorization, currentToken, type TokenSource } from './token.ts';

/** For {@link createMirageClient}. */
export interface MirageClientOptions {
  /** Where the server is, such as `http://127.0.0.1:5000`, or `https://example.org/chat` where it is mounted under a path. */
  url: string;
  /** From `auth.login`. It is sent in a header or in a message, never in a URL. */
  token?: TokenSource;
  /** How events arrive: over a WebSocket by default. `sse` passes proxies that support only HTTP. */
  transport?: 'ws' | 'sse';
}

/**
 * A tRPC client with a method for each procedure, `client.chat.sendMessage.mutate(input)`; the others are `query` and
 * `subscribe`. Failed calls reject with a `MirageError`: see `reasonOf`. A mutation whose answer was lost is repeated for some seconds
 * under the same key, with which the server carries it out once.
 */
export type MirageClient = TRPCClient<AppRouter> & {
  /** Where the server is, with a slash at its end. */
  readonly url: string;
  /** The connection that all subscriptions share. */
  readonly connection: Connection;
  /** Uploads, which are no procedures, and the addresses of files. */
  readonly files: MirageFiles;
};

/** A class like browsers' `WebSocket`. */
export type WebSocketClass = NonNullable<Parameters<typeof createWSClient>[0]['WebSocket']>;

/** `WebSocket` is undefined where the runtime has none. */
export function createClient(
  { url, token, transport = 'ws' }: MirageClientOptions,
  WebSocket: WebSocketClass | undefined,
): MirageClient {
  const server = new URL(url);
  server.pathname = `${server.pathname.replace(/\/+$/, '')}/`;
  const endpoint = new URL('trpc', server);
  const { link: subscriptions, close } =
    transport === 'ws' ? webSocketLink(endpoint, token, WebSocket) : createSharedStream(endpoint, token);
  const { connection, link: watch } = createConnection(close);
  const options = { url: endpoint.href, fetch: fetchJson };
  const headers = () => authorization(token);
  const calls = splitLink({
    // Mutations are not batched, because several long messages would exceed the size of a request.
    condition: ({ type }) => type === 'mutation',
    true: [
      ...once,
      httpLink({ ...options, headers: async ({ op }) => ({ ...(await headers()), ...keyHeader(op) }) }),
    ],
    false: httpBatchLink({ ...options, headers, maxItems, maxURLLength }),
  });
  const plain = createTRPCClient<AppRouter>({ links: [calls] });

  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: [
          watch,
          resumeAfterRefusal,
          inboxFromNow(() => newestInboxId(plain)),
          resumeAfterRefusal,
          subscriptions,
        ],
        false: calls,
      }),
    ],
  });
  // The client is itself a proxy, on which every property is a router.
  const own = { url: server.href, connection, files: createFiles(server, token) };
  return new Proxy(client, {
    get: (target, name) => Reflect.get(Object.hasOwn(own, name) ? own : target, name),
  }) as MirageClient; // safe: with these additional properties
}

/** The server accepts no more calls in one request. */
const maxItems = 20;
/** Well below the limits of servers and proxies for a request with its headers; no single call is this long. */
const maxURLLength = 6000;

async function newestInboxId({ inbox }: TRPCClient<AppRouter>): Promise<string> {
  const { messages } = await inbox.listMessages.query({ limit: 1 });
  return String(messages[0]?.id ?? 0);
}

interface Transport {
  link: TRPCLink<AppRouter>;
  close(): void;
}

function webSocketLink(endpoint: URL, token: TokenSource, WebSocket: WebSocketClass | undefined): Transport {
  if (!WebSocket) throw new Error("this runtime has no WebSocket; use transport: 'sse'");
  const url = new URL(endpoint);
  url.protocol = url.protocol.replace('http', 'ws');
  const client = createWSClient({
    url: url.href,
    WebSocket,
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
