import { AppError } from '../server/errors.ts';
import { wrongMethod } from './legacy-error.ts';
import { steps } from './openapi/examples/steps.ts';
import { operationOf } from './openapi/operation.ts';
import { bodyOf, schemaOfReplies } from './openapi/schemas.ts';
import type { LegacyError, Route } from './route.ts';

/** Of the API, which is that of the original and stands still, and not of the server. */
const version = '1.0.0';

const description = `
The REST API of the original Mirage, as this server answers it. JSON in, JSON out.

- **Token.** \`login\` gives one. It goes into \`Authorization\`, bare or after \`Bearer\`; only \`logout\` takes it in the body.
- **Errors** are \`{"error": "…"}\`. Callers have always compared the texts, so they are listed under each status, to the letter.
- **Lengths** are counted after trimming, as JavaScript counts them. U+0000 and lone surrogates are refused.
- **HEAD** is answered like GET, without the body, and **OPTIONS** by 200 with \`Allow\`. Any other method gets 405, and any
  other path 404: see the components.
- What is no proper HTTP may be answered by 400, 408, 413, 417 or 431, likewise with an \`error\`, before any path is looked at.

**Examples.** Each answer that a fresh server can be brought to by requests has an example, which holds to the letter but for
values whose schema says \`x-varies\`. \`x-request\` is the request, after the \`x-steps\` that \`x-after\` names. In them
\`{{ada}}\` stands for what a step has captured under this name, \`{{i}}\` for the number of the repetition, and
\`{{repeat:x:9}}\` for a text nine times. What has none, such as 503, takes more than requests.
`.trim();

/** The table as an OpenAPI 3.1 document. Throws where a route lacks a reply or an example that it must have. */
export function openApiDocument(routes: readonly Route[]) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mirage, the legacy REST API',
      version,
      summary: 'Accounts, a private inbox and chat rooms',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Relative to this document: where it comes from, there the API is.
    servers: [{ url: '.', description: 'This server' }],
    tags: [
      { name: 'accounts', description: 'Coming in and going out' },
      { name: 'profiles', description: 'Who is there' },
      { name: 'inbox', description: 'Private messages' },
      { name: 'rooms', description: 'Chat rooms and what is said in them' },
    ],
    paths: pathsOf(routes),
    components: {
      securitySchemes: {
        token: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'What `login` gives, bare or after `Bearer`',
        },
      },
      responses: {
        Fault: answer('A fault of the server, of which its log tells more', [
          500,
          new AppError('INTERNAL').message,
        ]),
        UnknownPath: answer('There is no such path', [404, 'not found']),
        WrongMethod: {
          ...answer('The path is there for another method', wrongMethod),
          headers: {
            Allow: {
              description: 'The methods that it is there for',
              required: true,
              schema: { type: 'string' },
            },
          },
        },
        Expectation: answer('A request that expects something of the server', [
          417,
          'the only expectation met is 100-continue',
        ]),
        NoHost: answer('A request of HTTP/1.1 without a Host', [400, 'the Host header is missing']),
      },
    },
    'x-steps': steps,
  };
}

function pathsOf(routes: readonly Route[]) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  return paths;
}

function answer(description: string, reply: LegacyError) {
  const schema = schemaOfReplies([reply]);
  return {
    description,
    'x-status': reply[0],
    content: { 'application/json': { schema, example: bodyOf(reply) } },
  };
}
