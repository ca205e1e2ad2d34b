import type { getErrorShape } from '@trpc/server';
import { appRouter } from './app-router.ts';
import type { Procedure } from './direct-call.ts';

// safe: where tRPC's own adapters find them, in the one version that is pinned
const { procedures: all, _config } = appRouter._def as unknown as {
  procedures: Record<string, Procedure>;
  _config: Parameters<typeof getErrorShape>[0]['config'];
};

/** Every procedure by its path, such as `chat.sendMessage`. */
export const procedures = all;

export const routerConfig = _config;

export function procedureAt(path: string): Procedure | undefined {
  return Object.hasOwn(procedures, path) ? procedures[path] : undefined;
}
