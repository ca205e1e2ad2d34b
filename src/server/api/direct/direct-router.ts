import { type AnyTRPCRouter, TRPCError } from '@trpc/server';
import { appRouter } from '../app-router.ts';
import { createDirectProcedure, type DirectProcedure } from './direct-call.ts';
import { definitionOf, isPlain, type ProcedureType, type RouterConfig } from './internals.ts';

/** The procedures of a router by path, such as `chat.sendMessage`. */
export interface DirectRouter {
  readonly router: AnyTRPCRouter;
  readonly config: RouterConfig;
  /** Whether inputs and outputs are plain JSON. Otherwise only tRPC's own handlers can answer calls over HTTP. */
  readonly isPlain: boolean;
  /** The paths of all procedures, without those of lazy routers that are not loaded yet. */
  paths(): string[];
  find(path: string): DirectProcedure | undefined;
  /** Throws 'NOT_FOUND', as tRPC says it, also for one of another type. */
  require(path: string, type: ProcedureType): DirectProcedure;
}

export function createDirectRouter(router: AnyTRPCRouter): DirectRouter {
  const { procedures, _config } = definitionOf(router);
  const found = new Map<string, DirectProcedure>();

  function find(path: string): DirectProcedure | undefined {
    const known = found.get(path);
    if (known) return known;
    const procedure = Object.hasOwn(procedures, path) ? procedures[path] : undefined;
    if (!procedure) return undefined;
    const direct = createDirectProcedure(procedure);
    found.set(path, direct);
    return direct;
  }

  return {
    router,
    config: _config,
    isPlain: isPlain(_config),
    paths: () => Object.keys(procedures),
    find,
    require(path, type) {
      const procedure = find(path);
      if (procedure?.type === type) return procedure;
      throw new TRPCError({ code: 'NOT_FOUND', message: `No "${type}"-procedure on path "${path}"` });
    },
  };
}

/** The API of Mirage. */
export const directRouter = createDirectRouter(appRouter);
