import { z } from 'zod';
import type { Caller } from '../server/api/app-router.ts';
import type { CompleteLists } from '../server/api/complete-lists.ts';
import type { Reason } from '../server/core/errors.ts';
import { maxRowId } from '../server/core/validation.ts';
import type { FileLinks } from './file-links.ts';
import type { FormFields } from './receive-file.ts';
import { Rows } from './send-rows.ts';

/**
 * An error response: the status, the text under `error`, and any further keys. `{maxPublicRooms}` in the text is
 * replaced by that setting.
 */
export type LegacyError = readonly [status: number, text: string, more?: Record<string, string>];

/** A route's own replies by reason, in place of the shared ones in legacy-error.ts. */
export type LegacyErrors = { [R in Reason]?: LegacyError };

/** The group under which a route is documented. */
export type Tag = 'accounts' | 'profiles' | 'inbox' | 'rooms';

/**
 * One operation. All routes check in the same order: body, presence of a token, fields, and then the procedure, which
 * verifies the token before it applies any rule.
 */
export interface Route {
  /** Names the operation in the OpenAPI document and in generated clients. */
  operationId: string;
  /** The group in the OpenAPI document. */
  tag: Tag;
  /** The HTTP method. */
  method: 'get' | 'post';
  /** OpenAPI path template: `{name}` is a path parameter. */
  path: `/api/${string}`;
  /** Matches a path with parameters, each a named group. */
  pattern?: RegExp;
  /** What it does, in one line. */
  summary: string;
  /** What a caller needs to know beyond the summary. */
  description: string;
  /** Where the token is read from; `none` if the route needs no token. */
  token: 'header' | 'body' | 'none';
  /** The reply if the token is missing. */
  noToken?: LegacyError;
  /** The reply if a field is missing or invalid. Absent if the route has no fields. */
  badInput?: LegacyError;
  /** Schema of the body for POST, of the query and path parameters for GET. */
  input: z.ZodType;
  /**
   * The body is a form with a file and these fields, not JSON. It is read last, and its file stored before `run` is called: the
   * session is verified before the fields.
   */
  form?: FormFields;
  /** Schema of the body of a successful response. */
  output: z.ZodType;
  /** The status of a successful response; 200 by default. */
  status?: number;
  /** The response is plain text, which the original sent as HTML. */
  plainText?: true;
  /** Replies that differ from the shared ones. */
  errors?: LegacyErrors;
  /**
   * Reasons that its procedures can throw, besides UNAVAILABLE and, for routes with a token, UNAUTHORIZED and
   * TOO_MANY_REQUESTS. Absent if it calls no procedure. Tests compare every response with this list.
   */
  refusals?: readonly Reason[];
  /**
   * What a repeat with the same Idempotency-Key does: `again`, if the procedure that it calls sees to that itself. Otherwise
   * the first answer is given again.
   */
  repeat?: 'again';
  /** Calls the procedures with the parsed input. Resolves to the body, or to the rows of a streamed list. */
  run(api: Caller, input: unknown, request: Asked): Promise<unknown>;
}

/** What a route may use besides the procedures. */
export interface Asked {
  /** Opens the lists. */
  lists(): CompleteLists;
  /** Links to files, for this caller. */
  links: FileLinks;
}

/** Type-checks `run` against both schemas, then erases the types so that all routes fit in one array. */
export function defineRoute<Input extends z.ZodType, Output extends z.ZodType>(
  route: Omit<Route, 'input' | 'output' | 'run'> & {
    input: Input;
    output: Output;
    run(api: Caller, input: z.output<Input>, links: FileLinks): Promise<z.input<Output>>;
  },
): Route {
  return { ...route, run: (api, input, { links }) => route.run(api, input as z.output<Input>, links) }; // safe: mount.ts parses with `input`
}

/** A route that takes a form with a file, which `file` describes, and `fields`. */
export function defineFileRoute<Output extends z.ZodType>({
  fields,
  file,
  ...route
}: Omit<Route, 'input' | 'output' | 'run' | 'form'> & {
  fields: z.ZodObject & FormFields;
  file: string;
  output: Output;
  run(api: Caller, input: { file: { url: string } }, links: FileLinks): Promise<z.input<Output>>;
}): Route {
  const form = z.object({
    file: z.custom<{ url: string }>().meta({ type: 'string', format: 'binary', description: file }),
    ...fields.shape,
  });
  return defineRoute({ ...route, form: fields, input: form });
}

/** A route that answers with all rows of a list, under `key`; `listed` describes the list. */
export function defineListRoute<Input extends z.ZodType, Row extends z.ZodType>({
  key,
  listed,
  row,
  rows,
  ...route
}: Omit<Route, 'input' | 'output' | 'run'> & {
  input: Input;
  key: string;
  listed: string;
  row: Row;
  rows(
    lists: CompleteLists,
    input: z.output<Input>,
    links: FileLinks,
  ): Promise<AsyncIterable<z.input<Row>[]>>;
}): Route {
  return {
    ...route,
    output: z.object({ [key]: z.array(row).max(maxRowId).meta({ description: listed }) }),
    run: async (_api, input, { lists, links }) =>
      new Rows(key, await rows(lists(), input as z.output<Input>, links)), // safe: mount.ts parses with `input`
  };
}
