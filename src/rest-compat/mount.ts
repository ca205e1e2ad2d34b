import type { IncomingMessage, ServerResponse } from 'node:http';
import { createCompleteLists } from '../server/api/complete-lists.ts';
import { type Context, tokenOf } from '../server/api/context.ts';
import { createDirectCaller } from '../server/api/direct/direct-caller.ts';
import { runOnce } from '../server/api/repeats.ts';
import { addressOf } from '../server/core/address.ts';
import { reasonOfUnknown } from '../server/core/errors.ts';
import { parseIdempotencyKey } from '../server/core/idempotency-key.ts';
import { BodyError, readJsonObject } from '../server/http/body.ts';
import type { LegacyRest } from '../server/http/dispatcher.ts';
import { discardRest } from '../server/http/files/discard-rest.ts';
import { Leaving } from '../server/http/leaving.ts';
import { observeRequest } from '../server/http/observe-request.ts';
import { sendJson, sendText } from '../server/http/reply.ts';
import type { Deps } from '../server/services/shared/deps.ts';
import { bodyErrors } from './body-errors.ts';
import { fileLinksFor } from './file-links.ts';
import { invalidKey, toLegacyError, wrongMethod } from './legacy-error.ts';
import { createMatcher, type Match } from './match.ts';
import { receiveFile, requireForm } from './receive-file.ts';
import type { LegacyError, Route } from './route.ts';
import { routes } from './routes.ts';
import { Rows, sendRows } from './send-rows.ts';

const match = createMatcher(routes);

/** Serves the routes of the legacy REST API and passes unknown paths to `next`. */
export const createRestCompat = (deps: Deps): LegacyRest => ({
  has: (path) => match(path) !== undefined,

  handle(path, query = '', req, res, next) {
    const found = match(path);
    const route = found?.methods.get(req.method === 'HEAD' ? 'GET' : (req.method ?? ''));
    observeRequest(deps.metrics, 'api', route?.path ?? 'unknown', req, res);
    if (!found) return next();
    if (route) return void answer(route, found, query, deps, req, res).catch(next);

    const allow = ['Allow', allowedMethods(found)];
    if (req.method === 'OPTIONS')
      res.writeHead(200, [...(res.keptHeaders ?? []), ...allow, 'content-length', '0']).end();
    else sendRefusal(res, wrongMethod, allow);
  },
});

async function answer(
  route: Route,
  { parts }: Match,
  query: string,
  deps: Deps,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { form } = route;
  function refuse(reply: LegacyError, headers?: readonly string[]): void {
    // What is left of a large body, or its client would not see the answer.
    if (form) discardRest(req);
    sendRefusal(res, reply, headers);
  }
  try {
    if (form) requireForm(req);
    const fields = form ? {} : await fieldsOf(route, req, query, parts);
    const token = route.token === 'body' ? tokenInBody(fields) : tokenOf(req.headers.authorization);
    if (route.noToken && token === undefined) return refuse(route.noToken);
    const parsed = form ? undefined : route.input.safeParse(fields);
    if (parsed?.success === false) return refuse(route.badInput ?? [400, 'bad request']);

    const key = route.method === 'post' ? req.headers['idempotency-key'] : undefined;
    const uploadKey = key === undefined ? undefined : parseIdempotencyKey(String(key));
    if (key !== undefined && uploadKey === undefined) return refuse(invalidKey);
    const context: Context = {
      deps,
      token,
      sessionCache: {},
      address: addressOf(req, deps.config.trustedProxies),
      trace: req.trace,
      hasVerbatimNames: true,
    };
    const input = form ? await receiveFile(context, { req, res, schema: form, uploadKey }) : parsed?.data;
    const links = fileLinksFor(req, context);
    const output = await runOnceAs(route, { key, fields }, context, (ctx) =>
      route.run(createDirectCaller(ctx), input, {
        lists: () => createCompleteLists(ctx, new Leaving(res).signal),
        links,
      }),
    );
    if (output instanceof Rows) await sendRows(res, output);
    else if (route.plainText) sendText(res, 200, 'text/html; charset=utf-8', String(output));
    else sendJson(res, route.status ?? 200, output);
  } catch (error) {
    if (reasonOfUnknown(error) === 'ABORTED') return;
    if (res.headersSent) throw error; // in the middle of a list
    if (error instanceof BodyError) return refuse(bodyErrors[error.fault]);
    const reply = toLegacyError(error, { errors: route.errors, config: deps.config });
    if (!reply) throw error;
    const wait = retryAfterMs(error);
    refuse(reply, wait ? ['Retry-After', String(Math.ceil(wait / 1000))] : undefined);
  }
}

/** With a key, repeats are told by all that a request has sent. */
function runOnceAs(
  { path, repeat }: Route,
  { key, fields }: { key: string | string[] | undefined; fields: unknown },
  context: Context,
  run: (ctx: Context) => Promise<unknown>,
): Promise<unknown> {
  if (key === undefined) return run(context);
  const header = String(key);
  if (repeat === 'again') return run({ ...context, idempotencyKey: header });
  return runOnce(context, header, { path, repeat: undefined, getInput: () => fields }, () => run(context));
}

function sendRefusal(
  res: ServerResponse,
  [status, error, more]: LegacyError,
  headers?: readonly string[],
): void {
  sendJson(res, status, { error, ...more }, headers);
}

const fieldsOf = async ({ method }: Route, req: IncomingMessage, query: string, parts: Match['parts']) =>
  method === 'post' ? await readJsonObject(req) : { ...firstOfEach(query), ...parts };

/** The first of repeated parameters counts. */
function firstOfEach(query: string): Record<string, string> {
  const fields: Record<string, string> = {};
  if (query === '') return fields;
  for (const [name, value] of new URLSearchParams(query))
    if (!Object.hasOwn(fields, name)) fields[name] = value;
  return fields;
}

/** The body's token; undefined if missing. A value that is not text is left to the route's schema. */
function tokenInBody({ token }: Record<string, unknown>): string | undefined {
  if (!token) return undefined;
  return typeof token === 'string' ? token : '';
}

function allowedMethods({ methods }: Match): string {
  const names = [...methods.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...names, 'OPTIONS'].sort().join(', ');
}

function retryAfterMs(error: unknown): number | undefined {
  return error instanceof Error && 'retryAfterMs' in error ? Number(error.retryAfterMs) : undefined;
}
