import type { z } from 'zod';
import type { Reason } from '../server/errors.ts';
import type { Caller } from '../server/routers/app-router.ts';

/**
 * A refusal as legacy callers know it: the status, the text under `error`, and further keys where there are any. In the
 * text `{maxPublicRooms}` stands for that setting.
 */
export type LegacyError = readonly [status: number, text: string, more?: Record<string, string>];

/** Replies of a route that differ from the usual one for a reason, see legacy-error.ts. */
export type LegacyErrors = { [R in Reason]?: LegacyError };

/** What a route is about. */
export type Tag = 'accounts' | 'profiles' | 'inbox' | 'rooms';

/**
 * One documented path. Checks run in one order for all: body, token present, fields, and then the call, in which the
 * token is proven before any rule is asked.
 */
export interface Route {
  /** Names the route in the OpenAPI document and in clients made from it. */
  operationId: string;
  /** Under which heading it is documented. */
  tag: Tag;
  /** Of HTTP. */
  method: 'get' | 'post';
  /** As documented; `{name}` stands for a part of the path. */
  path: `/api/${string}`;
  /** For paths with parts that vary: what they may be, as named groups. */
  pattern?: RegExp;
  /** What it does, in one line. */
  summary: string;
  /** Where the token is looked for. `none`: the route works without one. */
  token: 'header' | 'body' | 'none';
  /** The reply when there is no token at all. */
  noToken?: LegacyError;
  /** The reply when a field is missing or of no use. Absent where there are no fields. */
  badInput?: LegacyError;
  /** Of the body for POST; of the query and the parts of the path for GET. */
  input: z.ZodType;
  /** The body of success. */
  output: z.ZodType;
  /** The status of success; 200 unless said. */
  status?: number;
  /** A bare text as its reply, which the original labelled as HTML. */
  plainText?: true;
  /** Where its replies differ from those of other routes. */
  errors?: LegacyErrors;
  /**
   * What its procedures can refuse, beside UNAUTHORIZED and TOO_MANY_REQUESTS where there is a token, and UNAVAILABLE.
   * Absent where none is called. Tests hold every answer against it.
   */
  refusals?: readonly Reason[];
  /** Calls the procedures with parsed input, and gives the body. */
  run(api: Caller, input: unknown): Promise<unknown>;
}

/** Checks `run` against both schemas, then forgets the types, so that all routes fit in one table. */
export function defineRoute<Input extends z.ZodType, Output extends z.ZodType>(
  route: Omit<Route, 'input' | 'output' | 'run'> & {
    input: Input;
    output: Output;
    run(api: Caller, input: z.output<Input>): Promise<z.input<Output>>;
  },
): Route {
  return { ...route, run: (api, input) => route.run(api, input as z.output<Input>) }; // safe: mount.ts parses with `input`
}
