import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { Reason } from '../server/errors.ts';
import type { AppRouter } from '../server/routers/app-router.ts';

export type { AppRouter, Reason };

/** What each procedure takes, and what it gives as the client receives it. */
export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;

export interface MirageClientOptions {
  /** Where the server is, such as `http://127.0.0.1:5000`. */
  url: string;
  /** From `auth.login`; a function is asked before each request, so that a token may come later or change. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
}

/** The typed client. Calls made in the same tick travel in one request. */
export function createMirageClient({ url, token }: MirageClientOptions) {
  return createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: new URL('/trpc', url).href,
        // The server takes no more calls in one request.
        maxItems: 20,
        async headers() {
          const current = typeof token === 'function' ? await token() : token;
          return current === undefined ? {} : { authorization: `Bearer ${current}` };
        },
      }),
    ],
  });
}

export type MirageClient = ReturnType<typeof createMirageClient>;

/** Why the server refused, to branch on; undefined for what was no refusal, such as a lost connection. */
export function reasonOf(error: unknown): Reason | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  return (error as TRPCClientError<AppRouter>).data?.reason;
}
