import type { getErrorShape } from '@trpc/server';
import { appRouter } from '../routers/app-router.ts';

/** A procedure as tRPC's adapters call it. */
interface Callable {
  (call: {
    path: string;
    type: string;
    ctx: unknown;
    getRawInput(): Promise<unknown>;
    signal: AbortSignal | undefined;
    batchIndex: number;
  }): Promise<unknown>;
  _def: { type: 'query' | 'mutation' | 'subscription' };
}

// safe: where tRPC's own adapters find them, in the one version that is pinned
const { procedures, _config } = appRouter._def as unknown as {
  procedures: Record<string, Callable>;
  _config: Parameters<typeof getErrorShape>[0]['config'];
};

export const routerConfig = _config;

/** The procedure with this path, such as `chat.sendMessage`. */
export function procedureAt(path: string): Callable | undefined {
  return Object.hasOwn(procedures, path) ? procedures[path] : undefined;
}
