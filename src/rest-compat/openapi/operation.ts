import { formType } from '../receive-file.ts';
import type { LegacyError, Route } from '../route.ts';
import type { OperationExamples } from './examples/example.ts';
import { examplesOf } from './examples/index.ts';
import type { StepName, WireRequest } from './examples/steps.ts';
import { hasRetryAfter, type Refusal, refusalsOf } from './refusals.ts';
import { pathParameters, requestFor } from './requests.ts';
import { bodyOf, inputSchema, type NamedSchemas, parameterSchema, type Schema } from './schemas.ts';

type Json = Record<string, unknown>;

const capitalized = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** Describes a route as an OpenAPI Operation Object. */
export function operationOf(route: Route, schemas: NamedSchemas): Json {
  const examples = examplesOf(route.operationId);
  const name = capitalized(route.operationId);
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    description: route.description,
    security: route.token === 'header' ? [{ token: [] }] : [],
    ...(route.method === 'post'
      ? {
          parameters: [{ $ref: '#/components/parameters/IdempotencyKey' }],
          requestBody: requestBody(route, schemas.input(`${name}Request`, route.input), examples),
        }
      : { parameters: parameters(route, inputSchema(route.input), examples) }),
    responses: responses(route, examples, schemas),
  };
}

function requestBody({ form }: Route, schema: Schema, { successes }: OperationExamples): Json {
  const examples = Object.entries(successes).map(([name, { summary, fields = {} }]) => [
    name,
    { summary, value: fields },
  ]);
  return {
    required: true,
    content: {
      [form ? formType : 'application/json']: { schema, examples: Object.fromEntries(examples) },
    },
  };
}

function parameters({ path }: Route, { properties = {} }: Schema, { successes }: OperationExamples): Json[] {
  const inPath = pathParameters(path);
  const [first] = Object.values(successes);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: inPath.includes(name) ? 'path' : 'query',
    required: true, // no route has optional query parameters
    description: schema.description,
    schema: parameterSchema(schema),
    example: first?.fields?.[name],
  }));
}

function responses(route: Route, examples: OperationExamples, schemas: NamedSchemas): Json {
  const refusals = refusalsOf(route, examples);
  const statuses = [...new Set(refusals.map(({ reply: [status] }) => status))].sort((a, b) => a - b);
  return {
    [route.status ?? 200]: success(route, examples, schemas),
    ...Object.fromEntries(
      statuses.map((status) => {
        const sameStatus = refusals.filter(({ reply }) => reply[0] === status);
        return [status, errorResponse(status, sameStatus, schemas)];
      }),
    ),
    ...(!statuses.includes(400) && { 400: { $ref: '#/components/responses/MissingHost' } }),
    417: { $ref: '#/components/responses/ExpectationFailed' },
    ...(route.refusals && { 500: { $ref: '#/components/responses/InternalError' } }),
  };
}

function success(route: Route, { successes }: OperationExamples, schemas: NamedSchemas): Json {
  const examples = Object.entries(successes).map(([name, example]) => [
    name,
    {
      summary: example.summary,
      value: example.response,
      ...replay(requestFor(route, example), example.after),
    },
  ]);
  const type = route.plainText ? 'text/html' : 'application/json';
  const schema = route.plainText
    ? plainCount
    : schemas.output(`${capitalized(route.operationId)}Response`, route.output);
  return {
    description: 'Success',
    content: { [type]: { schema, examples: Object.fromEntries(examples) } },
  };
}

/** Describes all refusals with the same status. */
function errorResponse(status: number, refusals: Refusal[], schemas: NamedSchemas): Json {
  const examples = refusals.map(({ name, summary, reply, request, after }) => [
    name,
    { summary, value: exampleBody(reply), ...(request && replay(request, after)) },
  ]);
  return {
    description: [...new Set(refusals.map(({ summary }) => summary))].join('; '),
    ...(refusals.every(hasRetryAfter) && { headers: retryAfter }),
    ...(status === 401 && { headers: wwwAuthenticate }),
    content: {
      'application/json': {
        schema: schemas.errors(refusals.map(({ reply }) => reply)),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** How to reproduce an example. */
const replay = (request: WireRequest, after?: readonly StepName[]) => ({
  ...(after && { 'x-after': after }),
  'x-request': request,
});

const retryAfter = {
  'Retry-After': {
    description: 'Seconds to wait before retrying',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  },
};

const wwwAuthenticate = {
  'WWW-Authenticate': {
    description: 'The authentication scheme',
    required: true,
    schema: { type: 'string', const: 'Bearer' },
  },
};

const plainCount = { type: 'string', description: 'The number in digits', pattern: '^\\d+$', maxLength: 10 };

/** With default settings. */
const exampleBody = (reply: LegacyError) =>
  Object.fromEntries(
    Object.entries(bodyOf(reply)).map(([name, text]) => [name, text.replace('{maxPublicRooms}', '5')]),
  );
