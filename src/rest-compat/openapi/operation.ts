import type { LegacyError, Route } from '../route.ts';
import type { OperationExamples } from './examples/example.ts';
import { examplesOf } from './examples/index.ts';
import type { StepName, WireRequest } from './examples/steps.ts';
import { type Refusal, refusalsOf, saysWhen } from './refusals.ts';
import { ask, partsOf } from './requests.ts';
import {
  bodyOf,
  inputSchema,
  outputSchema,
  parameterSchema,
  type Schema,
  schemaOfReplies,
} from './schemas.ts';

type Json = Record<string, unknown>;

/** A route as an Operation Object. */
export function operationOf(route: Route): Json {
  const examples = examplesOf(route.operationId);
  const input = inputSchema(route.input);
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    security: route.token === 'header' ? [{ token: [] }] : [],
    ...(route.method === 'post'
      ? { requestBody: requestBody(input, examples) }
      : { parameters: parameters(route, input, examples) }),
    responses: responses(route, examples),
  };
}

function requestBody(schema: Schema, { successes }: OperationExamples): Json {
  const examples = Object.entries(successes).map(([name, { summary, fields = {} }]) => [
    name,
    { summary, value: fields },
  ]);
  return {
    required: true,
    content: { 'application/json': { schema, examples: Object.fromEntries(examples) } },
  };
}

function parameters({ path }: Route, { properties = {} }: Schema, { successes }: OperationExamples): Json[] {
  const inPath = partsOf(path);
  const [first] = Object.values(successes);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: inPath.includes(name) ? 'path' : 'query',
    required: true, // no path has a query that it can do without
    schema: parameterSchema(schema),
    example: first?.fields?.[name],
  }));
}

function responses(route: Route, examples: OperationExamples): Json {
  const refusals = refusalsOf(route, examples);
  const statuses = [...new Set(refusals.map(({ reply: [status] }) => status))].sort((a, b) => a - b);
  return {
    [route.status ?? 200]: success(route, examples),
    ...Object.fromEntries(
      statuses.map((status) => [status, refused(refusals.filter(({ reply }) => reply[0] === status))]),
    ),
    ...(route.refusals && { 500: { $ref: '#/components/responses/Fault' } }),
  };
}

function success(route: Route, { successes }: OperationExamples): Json {
  const examples = Object.entries(successes).map(([name, example]) => [
    name,
    { summary: example.summary, value: example.gives, ...replay(ask(route, example), example.after) },
  ]);
  const type = route.plainText ? 'text/html' : 'application/json';
  const schema = route.plainText ? { type: 'string', pattern: '^\\d+$' } : outputSchema(route.output);
  return {
    description: 'Done',
    content: { [type]: { schema, examples: Object.fromEntries(examples) } },
  };
}

/** All refusals of one status. */
function refused(refusals: Refusal[]): Json {
  const examples = refusals.map(({ name, summary, reply, request, after }) => [
    name,
    { summary, value: exampleBody(reply), ...(request && replay(request, after)) },
  ]);
  return {
    description: [...new Set(refusals.map(({ summary }) => summary))].join('; '),
    ...(refusals.every(saysWhen) && { headers: retryAfter }),
    content: {
      'application/json': {
        schema: schemaOfReplies(refusals.map(({ reply }) => reply)),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** How whoever wants to see an example for themselves comes to it. */
const replay = (request: WireRequest, after?: readonly StepName[]) => ({
  ...(after && { 'x-after': after }),
  'x-request': request,
});

const retryAfter = {
  'Retry-After': {
    description: 'When to try again, in seconds',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  },
};

/** With the settings as they are unless set. */
const exampleBody = (reply: LegacyError) =>
  Object.fromEntries(
    Object.entries(bodyOf(reply)).map(([name, text]) => [name, text.replace('{maxPublicRooms}', '5')]),
  );
