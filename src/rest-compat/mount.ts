/**
 * The legacy REST API.
 * @module mirage/rest-compat
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { addressOf } from '../server/address.ts';
import { type Deps, tokenOf } from '../server/context.ts';
import { sendJson, sendText } from '../server/reply.ts';
import { createDirectCaller } from '../server/routers/direct-caller.ts';
import { Aborted, BodyError, readJsonObject } from './body.ts';
import { toLegacyError } from './legacy-error.ts';
import { createMatcher, type Match } from './match.ts';
import type { LegacyError, Route } from './route.ts';
import { routes } from './routes.ts';

/** Answers a request for `path` with the `query` behind its `?`, or leaves it to `next`. */
export type RestHandler = (
  path: string,
  query: string | undefined,
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** The legacy REST API, from the table. Whatever it does not know it leaves to the next handler. */
export function restCompat(deps: Deps): RestHandler {
  const match = createMatcher(routes);

  return (path, query = '', req, res, next) => {
    const found = match(path);
    if (!found) return next();
    const route = found.methods.get(req.method === 'HEAD' ? 'GET' : (req.method ?? ''));
    if (route) return void answer(route, found, query, deps, req, res).catch(next);

    const allow = ['Allow', allowed(found)];
    if (req.method === 'OPTIONS')
      res.writeHead(200, [...(res.keptHeaders ?? []), ...allow, 'content-length', '0']).end();
    else refuse(res, [405, 'method not allowed'], allow);
  };
}

async function answer(
  route: Route,
  { parts }: Match,
  query: string,
  deps: Deps,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  try {
    const fields = route.method === 'post' ? await readJsonObject(req) : { ...firstOfEach(query), ...parts };
    const token = route.token === 'body' ? tokenInBody(fields) : tokenOf(req.headers.authorization);
    if (route.noToken && token === undefined) return refuse(res, route.noToken);
    const input = route.input.safeParse(fields);
    if (!input.success) return refuse(res, route.badInput);

    const api = createDirectCaller({
      deps,
      token,
      proveOnce: true,
      address: addressOf(req, deps.config.trustedProxies),
    });
    const output = await route.run(api, input.data);
    if (route.plainText) sendText(res, 200, 'text/html; charset=utf-8', String(output));
    else sendJson(res, route.status ?? 200, output);
  } catch (error) {
    if (error instanceof Aborted) return;
    if (error instanceof BodyError) return refuse(res, error.reply);
    const reply = toLegacyError(error, route.errors);
    if (!reply) throw error;
    const wait = retryAfterMs(error);
    refuse(res, reply, wait ? ['Retry-After', String(Math.ceil(wait / 1000))] : undefined);
  }
}

function refuse(res: ServerResponse, [status, error, more]: LegacyError, headers?: readonly string[]): void {
  sendJson(res, status, { error, ...more }, headers);
}

/** Of a repeated parameter the first counts. */
function firstOfEach(query: string): Record<string, string> {
  const fields: Record<string, string> = {};
  if (query === '') return fields;
  for (const [name, value] of new URLSearchParams(query))
    if (!Object.hasOwn(fields, name)) fields[name] = value;
  return fields;
}

/** Only its absence is told apart here; what is no text is left to the schema of the fields. */
function tokenInBody({ token }: Record<string, unknown>): string | undefined {
  if (!token) return undefined;
  return typeof token === 'string' ? token : '';
}

function allowed({ methods }: Match): string {
  const names = [...methods.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...names, 'OPTIONS'].sort().join(', ');
}

function retryAfterMs(error: unknown): number | undefined {
  return error instanceof Error && 'retryAfterMs' in error ? Number(error.retryAfterMs) : undefined;
}
