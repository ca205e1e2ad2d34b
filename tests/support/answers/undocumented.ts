import {
  createValidator,
  type Document,
  type Operation,
  operationsOf,
  type Response,
  resolve,
  type Validate,
} from '../../openapi/document.ts';
import type { Answer } from './observe.mjs';

const remembered = 10_000;

/** Returns a check that describes an undocumented response, or returns undefined for a documented one. */
export function createCheck(document: Document): (answer: Answer) => string | undefined {
  const operations = operationsOf(document).map(({ path, method, operation }) => ({
    pattern: patternOf(path, operation),
    method: method.toUpperCase(),
    operation,
  }));
  const schemaErrors = createValidator(document);
  /** Most responses repeat earlier ones exactly. */
  const documentedBefore = new Set<string>();

  return (answer) => {
    const { method, url, status, type, body } = answer;
    const path = pathOf(url);
    const here = operations.filter(({ pattern }) => pattern.test(path));
    if (here.length > 0 && method === 'OPTIONS' && status === 200) return undefined;
    const asked = here.find(
      (operation) => operation.method === (method === 'HEAD' ? 'GET' : method),
    )?.operation;
    const kind = [asked?.operationId ?? here.length, method, status, type, body].join(' ');
    if (documentedBefore.has(kind)) return undefined;
    const documented = documentedFor(document, { asked, isPath: here.length > 0 }, status);
    if (documented.some((each) => fits(each, answer, schemaErrors))) {
      if (documentedBefore.size < remembered) documentedBefore.add(kind);
      return undefined;
    }
    return `${asked?.operationId ?? 'no operation'}: ${method} ${path} ${status} ${type} ${body.slice(0, 200)}`;
  };
}

/** The documented responses with this status, of the operation or of unknown paths and methods. */
function documentedFor(
  document: Document,
  { asked, isPath }: { asked: Operation | undefined; isPath: boolean },
  status: number,
): Response[] {
  const { MissingHost, ExpectationFailed } = document.components.responses;
  const { WrongMethod, UnknownPath } = document['x-responses'];
  const elsewhere = [MissingHost, ExpectationFailed, asked ? undefined : isPath ? WrongMethod : UnknownPath];
  const response = asked?.responses[status];
  return [
    ...elsewhere.flatMap((each) => (each?.['x-status'] === status ? [each] : [])),
    ...(response ? [resolve(document, response)] : []),
  ];
}

function fits({ content }: Response, { method, type, body }: Answer, schemaErrors: Validate): boolean {
  if (method === 'HEAD' && body === '') return true;
  const schema = content[type]?.schema;
  return (
    schema !== undefined &&
    schemaErrors(schema, type === 'application/json' ? parsed(body) : body).length === 0
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // matches no schema
  }
}

/** Integer parameters match digits only; a path with anything else is another path. */
function patternOf(path: string, { parameters = [] }: Operation): RegExp {
  const numbers = parameters.filter((each) => each.schema.type === 'integer').map(({ name }) => name);
  const parts = path.replace(/\{(\w+)\}/g, (_, name: string) => (numbers.includes(name) ? '\\d+' : '[^/]+'));
  return new RegExp(`^${parts}$`);
}

/** As the server reads it: without the origin of an absolute URL, and with unreserved characters decoded. */
function pathOf(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] ?? '';
  return path.replace(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : code;
  });
}
