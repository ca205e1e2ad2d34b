import { AppError, type Reason } from '../../server/errors.ts';
import { maxBodyBytes } from '../../server/text.ts';
import { bodyErrors } from '../body.ts';
import { replyFor } from '../legacy-error.ts';
import type { LegacyError, Route } from '../route.ts';
import type { OperationExamples, Question } from './examples/example.ts';
import type { StepName, WireRequest } from './examples/steps.ts';
import { ask } from './requests.ts';

/** One way in which a route says no. */
export interface Refusal {
  /** The reason, or what is wrong with the request itself. */
  name: string;
  summary: string;
  reply: LegacyError;
  /** What brings a fresh server to it, and the steps before. Absent where it takes more than requests. */
  request?: WireRequest;
  after?: readonly StepName[];
}

/** What may go well later, and says when. */
const temporary = ['TOO_MANY_REQUESTS', 'UNAVAILABLE'];
export const saysWhen = ({ name }: Refusal) => temporary.includes(name);

const faults: Record<keyof typeof bodyErrors, [summary: string, spoil: Partial<WireRequest>]> = {
  WRONG_CONTENT_TYPE: [
    'The body is said to be something else',
    { headers: { 'Content-Type': 'text/plain' } },
  ],
  COMPRESSED: [
    'The body is compressed',
    { headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' } },
  ],
  TOO_LARGE: ['The body is too large', { text: `{{repeat: :${maxBodyBytes + 1}}}` }],
  NOT_UTF8: ['The body is no text', { base64: 'eyLDKCI6MX0=' }],
  NOT_JSON: ['The body is no JSON', { text: '{"cut": ' }],
  NOT_AN_OBJECT: ['The body is something else than an object', { text: '[]' }],
};

/** All that a route can refuse, in the order in which it looks. */
export function refusalsOf(route: Route, examples: OperationExamples): Refusal[] {
  const usual: Question = Object.values(examples.successes)[0] ?? {};
  return [
    ...(route.method === 'post' ? bodyRefusals(route) : []),
    ...tokenRefusals(route, usual),
    ...inputRefusals(route, examples),
    ...reasonsOf(route).map((reason) => refusalFor(reason, route, examples)),
  ];
}

function bodyRefusals(route: Route): Refusal[] {
  const { json, ...rest } = ask(route, {});
  return Object.entries(faults).map(([name, [summary, spoil]]) => ({
    name,
    summary,
    reply: bodyErrors[name as keyof typeof bodyErrors], // safe: the names are the same
    request: { ...rest, ...spoil },
  }));
}

function tokenRefusals(route: Route, { fields = {} }: Question): Refusal[] {
  if (!route.noToken) return [];
  const refused = replyFor('UNAUTHORIZED', route.errors);
  if (!refused) throw new Error(`${route.path} has no reply to a wrong token`);
  const { token, ...others } = fields;
  return [
    { name: 'NO_TOKEN', summary: 'No token', reply: route.noToken, request: ask(route, { fields: others }) },
    {
      name: 'UNAUTHORIZED',
      summary: 'A token that is unknown, or whose session has ended',
      reply: refused,
      request: withToken(ask(route, { fields }), route),
    },
  ];
}

function withToken({ headers, json, ...request }: WireRequest, { token, method }: Route): WireRequest {
  const wrong = 'no-such-token';
  return {
    ...request,
    headers: { ...headers, ...(token === 'header' && { Authorization: wrong }) },
    ...(method === 'post' && { json: token === 'body' ? { token: wrong } : json }),
  };
}

/** Each path of which a part varies says itself what is no such part. */
function inputRefusals(route: Route, { refusals = {} }: OperationExamples): Refusal[] {
  if (!route.badInput) return [];
  const given = refusals.BAD_INPUT;
  const refusal = { name: 'BAD_INPUT', summary: 'A field is missing or of no use', reply: route.badInput };
  if (given) return [{ ...refusal, ...asked(route, given) }];
  if (route.pattern) return [refusal];
  return [{ ...refusal, request: withToken(ask(route, {}), route) }];
}

/** Of tokens that an application with users of its own does not know, an address may send but so many. */
function reasonsOf({ refusals, token }: Route): Reason[] {
  if (!refusals) return [];
  return [...refusals, ...(token === 'none' ? [] : (['TOO_MANY_REQUESTS'] as const)), 'UNAVAILABLE'];
}

function refusalFor(reason: Reason, route: Route, { refusals = {} }: OperationExamples): Refusal {
  const reply = replyFor(reason, route.errors);
  if (!reply) throw new Error(`${route.path} has no reply to ${reason}`);
  const question = refusals[reason];
  return {
    name: reason,
    summary: capitalized(new AppError(reason).message),
    reply,
    ...(question && asked(route, question)),
  };
}

const asked = (route: Route, question: Question) => ({
  request: ask(route, question),
  ...(question.after && { after: question.after }),
});

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
