import { type AnyTRPCRouter, type getErrorShape, initTRPC } from '@trpc/server';
import type { Meta } from '../trpc.ts';

/**
 * All that Mirage knows of tRPC's internals, as they are in 11.25.2. The version is pinned, and
 * tests/api/trpc-internals.test.ts fails on one where they differ.
 */

export type Middleware = ((options: object) => Promise<MiddlewareResult>) & { _type?: string };

type MiddlewareResult = { ok: true; data: unknown } | { ok: false; error: Error };

/** What tRPC calls a procedure with. */
interface ProcedureCall {
  path: string;
  type: string;
  ctx: unknown;
  getRawInput(): Promise<unknown>;
  signal: AbortSignal | undefined;
  batchIndex: number;
}

export type ProcedureType = 'query' | 'mutation' | 'subscription';

export interface Procedure {
  (call: ProcedureCall): Promise<unknown>;
  _def: {
    type: ProcedureType;
    meta?: Meta | undefined;
    /** The parsers of `.input()`, in the order of the middlewares that apply them. */
    inputs: unknown[];
    /** The parser of `.output()`. */
    output?: unknown;
    /** All steps in order; those of `.input()` and `.output()` have a `_type`, and the last one calls the resolver. */
    middlewares: Middleware[];
    resolver(options: object): unknown;
  };
  meta?: Meta | undefined;
}

/** A definition with another property may do something that is not known here. */
const knownProperties = new Set([
  'procedure',
  'type',
  'meta',
  'inputs',
  'output',
  'middlewares',
  'resolver',
  'config', // of the router, the same for all
]);

export const isKnown = ({ _def }: Procedure): boolean =>
  Object.keys(_def).every((name) => knownProperties.has(name));

export type RouterConfig = Parameters<typeof getErrorShape>[0]['config'];

/** Procedures by name, and records of them. */
export type ProcedureRecord = { [name: string]: Procedure | ProcedureRecord };

export interface RouterDefinition {
  /** Every procedure by its path, such as `chat.sendMessage`; those of lazy routers are added when they are loaded. */
  procedures: Record<string, Procedure>;
  record: ProcedureRecord;
  /** The lazy routers that are not loaded yet, by path. */
  lazy: Record<string, unknown>;
  _config: RouterConfig;
}

// safe: where tRPC's own adapters find them
export const definitionOf = (router: AnyTRPCRouter) => router._def as unknown as RouterDefinition;

const { transformer: noTransformer } = initTRPC.create()._config;

/** Whether inputs and outputs are plain JSON. */
export const isPlain = ({ transformer }: RouterConfig): boolean => transformer === noTransformer;

/** Sets what tRPC's own tools show of each procedure. */
export function describeProcedures(router: AnyTRPCRouter, descriptions: Record<string, string>): void {
  for (const [path, procedure] of Object.entries(definitionOf(router).procedures)) {
    const description = descriptions[path];
    procedure._def.meta = { ...procedure._def.meta, ...(description !== undefined && { description }) };
    procedure.meta = procedure._def.meta;
  }
}

/** As tRPC takes it: an array is none. */
export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
