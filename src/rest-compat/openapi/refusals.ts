import { AppError, type Reason } from '../../server/core/errors.ts';
import { maxBodyBytes } from '../../server/core/validation.ts';
import type { BodyFault } from '../../server/http/body.ts';
import { bodyErrors } from '../body-errors.ts';
import { invalidKey, replyFor } from '../legacy-error.ts';
import type { LegacyError, Route } from '../route.ts';
import type { ExampleRequest, OperationExamples } from './examples/example.ts';
import { type StepName, usedKey, type WireRequest } from './examples/steps.ts';
import { requestFor } from './requests.ts';

/** One kind of error response of a route. */
export interface Refusal {
  /** The reason, or the fault of the request itself. */
  name: string;
  summary: string;
  reply: LegacyError;
  /** The request that causes it on a new server, after the steps `after`. Absent if requests alone cannot. */
  request?: WireRequest;
  after?: readonly StepName[];
}

/** Responses with `Retry-After`. */
const temporary = ['SLOW_MODE', 'TOO_MANY_REQUESTS', 'TOO_MANY_UPLOADS', 'UNAVAILABLE'];
export const hasRetryAfter = ({ name }: Refusal) => temporary.includes(name);

const faults: Record<BodyFault, [summary: string, change: Partial<WireRequest>]> = {
  WRONG_CONTENT_TYPE: ['The content type is not JSON', { headers: { 'Content-Type': 'text/plain' } }],
  COMPRESSED: [
    'The body is compressed',
    { headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' } },
  ],
  TOO_LARGE: ['The body is too large', { text: `{{repeat: :${maxBodyBytes + 1}}}` }],
  NOT_UTF8: ['The body is not UTF-8', { base64: 'eyLDKCI6MX0=' }],
  NOT_JSON: ['The body is not JSON', { text: '{"cut": ' }],
  NOT_AN_OBJECT: ['The body is not an object', { text: '[]' }],
};

/** All refusals of a route, in the order of its checks. */
export function refusalsOf(route: Route, examples: OperationExamples): Refusal[] {
  const typical: ExampleRequest = Object.values(examples.successes)[0] ?? {};
  return [
    ...(route.form ? formRefusals(route, typical) : route.method === 'post' ? bodyRefusals(route) : []),
    ...tokenRefusals(route, typical),
    ...inputRefusals(route, examples),
    ...(route.method === 'post' ? keyRefusals(route, typical) : []),
    ...reasonsOf(route).map((reason) => refusalFor(reason, route, examples)),
  ];
}

function bodyRefusals(route: Route): Refusal[] {
  const { json, ...rest } = requestFor(route, {});
  return Object.entries(faults).map(([name, [summary, change]]) => ({
    name,
    summary,
    reply: bodyErrors[name as BodyFault], // safe: both have the same keys
    request: { ...rest, ...change },
  }));
}

/** Whatever else a form can lack is a missing field. */
function formRefusals(route: Route, typical: ExampleRequest): Refusal[] {
  const noForm = replyFor('WRONG_CONTENT_TYPE', route.errors);
  if (!noForm) throw new Error(`${route.path} has no reply for what is not a form`);
  const request = requestFor(route, typical);
  return [
    {
      name: 'WRONG_CONTENT_TYPE',
      summary: 'The content type is not that of a form',
      reply: noForm,
      request: { ...requestFor(route, {}), headers: { 'Content-Type': 'application/json' }, text: '{}' },
    },
    {
      name: 'COMPRESSED',
      summary: faults.COMPRESSED[0],
      reply: bodyErrors.COMPRESSED,
      request: { ...request, headers: { ...request.headers, 'Content-Encoding': 'gzip' } },
      ...(typical.after && { after: typical.after }),
    },
  ];
}

function tokenRefusals(route: Route, { fields = {} }: ExampleRequest): Refusal[] {
  if (!route.noToken) return [];
  const wrongToken = replyFor('UNAUTHORIZED', route.errors);
  if (!wrongToken) throw new Error(`${route.path} has no reply for a wrong token`);
  const { token, ...others } = fields;
  return [
    {
      name: 'NO_TOKEN',
      summary: 'No token',
      reply: route.noToken,
      request: requestFor(route, { fields: others }),
    },
    {
      name: 'UNAUTHORIZED',
      summary: 'Unknown token or ended session',
      reply: wrongToken,
      request: withToken(requestFor(route, { fields }), route),
    },
  ];
}

function withToken({ headers, json, ...request }: WireRequest, { token, method, form }: Route): WireRequest {
  const unknown = 'no-such-token';
  return {
    ...request,
    headers: { ...headers, ...(token === 'header' && { Authorization: unknown }) },
    ...(method === 'post' && !form && { json: token === 'body' ? { token: unknown } : json }),
  };
}

/** Requests without a token are told apart by all that they send, so that their keys have no conflicts. */
function keyRefusals(route: Route, typical: ExampleRequest): Refusal[] {
  const reused = replyFor('IDEMPOTENCY_KEY_REUSED', route.errors);
  if (!reused) throw new Error(`${route.path} has no reply for a key that was used before`);
  const { as = 'ada', after = [] } = typical;
  const refusals: Refusal[] = [
    {
      name: 'INVALID_KEY',
      summary: 'The Idempotency-Key is invalid',
      reply: invalidKey,
      request: withKey(requestFor(route, typical), 'two words'),
      ...(after.length > 0 && { after }),
    },
    {
      name: 'IDEMPOTENCY_KEY_REUSED',
      summary: 'The Idempotency-Key was used for another request',
      reply: reused,
      request: withKey(requestFor(route, typical), usedKey),
      after: [...after, `${as}UsesKey`],
    },
  ];
  return route.token === 'none' ? refusals.slice(0, 1) : refusals;
}

const withKey = ({ headers, ...request }: WireRequest, key: string): WireRequest => ({
  ...request,
  headers: { ...headers, 'Idempotency-Key': key },
});

/** For paths with parameters, the examples give the invalid value. */
function inputRefusals(route: Route, { refusals = {} }: OperationExamples): Refusal[] {
  if (!route.badInput) return [];
  const given = refusals.BAD_INPUT;
  const refusal = { name: 'BAD_INPUT', summary: 'A field is missing or invalid', reply: route.badInput };
  if (given) return [{ ...refusal, ...exampleOf(route, given) }];
  if (route.pattern) return [refusal];
  return [{ ...refusal, request: withToken(requestFor(route, {}), route) }];
}

/** Every route with a token can answer TOO_MANY_REQUESTS: unknown tokens are limited by address in host applications. */
function reasonsOf({ refusals, token }: Route): Reason[] {
  if (!refusals) return [];
  return [...refusals, ...(token === 'none' ? [] : (['TOO_MANY_REQUESTS'] as const)), 'UNAVAILABLE'];
}

function refusalFor(reason: Reason, route: Route, { refusals = {} }: OperationExamples): Refusal {
  const reply = replyFor(reason, route.errors);
  if (!reply) throw new Error(`${route.path} has no reply for ${reason}`);
  const example = refusals[reason];
  return {
    name: reason,
    summary: capitalized(new AppError(reason).message),
    reply,
    ...(example && exampleOf(route, example)),
  };
}

const exampleOf = (route: Route, example: ExampleRequest) => ({
  request: requestFor(route, example),
  ...(example.after && { after: example.after }),
});

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
