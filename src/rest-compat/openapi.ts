import { AppError } from '../server/core/errors.ts';
import { readVersion } from '../server/core/version.ts';
import { wrongMethod } from './legacy-error.ts';
import { steps } from './openapi/examples/steps.ts';
import { operationOf } from './openapi/operation.ts';
import { bodyOf, createNamedSchemas, type NamedSchemas } from './openapi/schemas.ts';
import type { LegacyError, Route } from './route.ts';

const description = `
The REST API of the original Mirage as served by this server. Requests and responses are JSON; only \`upload_file\` takes a form.

- **Token.** \`login\` returns a token. Send it in the \`Authorization\` header, bare or after \`Bearer\`; only \`logout\` takes it in the body.
- **Errors** are \`{"error": "…"}\`. Clients compare the texts, so each status lists its exact texts.
- **Repeats.** Send an \`Idempotency-Key\` with a POST, and the same one if you repeat it because its answer was lost. Another body under
  the same key is refused with 422. \`login\` is carried out again.
- **Lengths** are counted after trimming, in UTF-16 code units. U+0000 and lone surrogates are refused.
- **HEAD** is answered like GET without the body, and **OPTIONS** with 200 and \`Allow\`. Other methods get 405 and unknown paths
  404, with the texts in \`x-responses\`.
- Malformed HTTP may be answered with 400, 408, 413, 417 or 431 and an \`error\`, whatever the path.

**Examples.** Every response that requests to a new server can cause has an example. It is exact, except for values whose
schema has \`x-varies\`. \`x-request\` is the request that causes it, after the \`x-steps\` listed in \`x-after\`. In requests,
\`{{ada}}\` is the value that a step captured under this name, \`{{i}}\` the number of the repetition, and \`{{repeat:x:9}}\` the
text repeated nine times. Other responses, such as 503, have no example request.
`.trim();

/** Describes the routes as an OpenAPI 3.1 document. Throws if a route lacks a required reply or example. */
export function openApiDocument(routes: readonly Route[]) {
  const schemas = createNamedSchemas();
  const paths = pathsOf(routes, schemas);
  const response = (summary: string, reply: LegacyError) => ({
    description: summary,
    'x-status': reply[0],
    content: { 'application/json': { schema: schemas.errors([reply]), example: bodyOf(reply) } },
  });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mirage legacy REST API',
      version: readVersion(),
      summary: 'Accounts, a private inbox and chat rooms',
      description,
      contact: { name: 'The maintainers of Mirage' },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      { url: '.', description: 'The server that this document comes from' },
      {
        url: '{server}',
        description: 'Any server, for copies of this document',
        variables: {
          server: {
            default: 'http://127.0.0.1:5000',
            description: 'URL of the server, with the path prefix that a proxy may add',
          },
        },
      },
    ],
    tags: [
      { name: 'accounts', description: 'Registration, login and logout' },
      { name: 'profiles', description: 'User profiles and server status' },
      { name: 'inbox', description: 'Private messages' },
      { name: 'rooms', description: 'Chat rooms, their members and messages' },
    ],
    paths,
    components: {
      schemas: schemas.byName,
      securitySchemes: {
        token: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'The token from `login`, bare or after `Bearer`',
        },
      },
      parameters: {
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          description:
            'Chosen by the client: a repeat of the request with the same key within 24 hours is given the first answer, and changes nothing',
          schema: { type: 'string', pattern: '^[!-~]{1,64}$', minLength: 1, maxLength: 64 },
          example: '0d6a3f6e-6f0e-4f5b-9a43-3a3c7f0f6c11',
        },
      },
      responses: {
        InternalError: response('Internal server error; see the server log', [
          500,
          new AppError('INTERNAL').message,
        ]),
        ExpectationFailed: response('Unsupported `Expect` header', [
          417,
          'only the expectation 100-continue is supported',
        ]),
        MissingHost: response('HTTP/1.1 request without a Host header', [400, 'missing Host header']),
      },
    },
    // Responses that belong to no operation, so that OpenAPI has no place for them.
    'x-responses': {
      UnknownPath: response('Unknown path', [404, 'not found']),
      WrongMethod: {
        ...response('Unsupported method', wrongMethod),
        headers: {
          Allow: { description: 'The supported methods', required: true, schema: { type: 'string' } },
        },
      },
    },
    'x-steps': steps,
  };
}

function pathsOf(routes: readonly Route[], schemas: NamedSchemas) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, schemas) };
  return paths;
}
