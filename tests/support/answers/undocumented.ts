import {
  type Document,
  misfits,
  type Operation,
  operationsOf,
  type Response,
  resolve,
} from '../../openapi/document.ts';
import type { Answer } from './observe.mjs';

const remembered = 10_000;

/** Finds what an answer says that the document does not, in words; nothing if it says no such thing. */
export function createCheck(document: Document): (answer: Answer) => string | undefined {
  const operations = operationsOf(document).map(({ path, method, operation }) => ({
    pattern: patternOf(path, operation),
    method: method.toUpperCase(),
    operation,
  }));
  /** Most answers have been given before, word for word. */
  const good = new Set<string>();

  return (answer) => {
    const { method, url, status, type, body } = answer;
    const path = pathOf(url);
    const here = operations.filter(({ pattern }) => pattern.test(path));
    if (here.length > 0 && method === 'OPTIONS' && status === 200) return undefined;
    const asked = here.find(
      (operation) => operation.method === (method === 'HEAD' ? 'GET' : method),
    )?.operation;
    const kind = [asked?.operationId ?? here.length, method, status, type, body].join(' ');
    if (good.has(kind)) return undefined;
    const documented = documentedFor(document, { asked, isPath: here.length > 0 }, status);
    if (documented.some((each) => fits(each, answer))) {
      if (good.size < remembered) good.add(kind);
      return undefined;
    }
    return `${asked?.operationId ?? 'no operation'}: ${method} ${path} ${status} ${type} ${body.slice(0, 200)}`;
  };
}

/** What may be answered with this status: by the operation, or where there is none. */
function documentedFor(
  document: Document,
  { asked, isPath }: { asked: Operation | undefined; isPath: boolean },
  status: number,
): Response[] {
  const { NoHost, Expectation, WrongMethod, UnknownPath } = document.components.responses;
  const elsewhere = [NoHost, Expectation, asked ? undefined : isPath ? WrongMethod : UnknownPath];
  const response = asked?.responses[status];
  return [
    ...elsewhere.flatMap((each) => (each?.['x-status'] === status ? [each] : [])),
    ...(response ? [resolve(document, response)] : []),
  ];
}

function fits({ content }: Response, { method, type, body }: Answer): boolean {
  if (method === 'HEAD' && body === '') return true;
  const schema = content[type]?.schema;
  return (
    schema !== undefined && misfits(schema, type === 'application/json' ? parsed(body) : body).length === 0
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // which fits nothing
  }
}

/** A part that is a number is written in digits; a path with anything else there is another one. */
function patternOf(path: string, { parameters = [] }: Operation): RegExp {
  const numbers = parameters.filter((each) => each.schema.type === 'integer').map(({ name }) => name);
  const parts = path.replace(/\{(\w+)\}/g, (_, name: string) => (numbers.includes(name) ? '\\d+' : '[^/]+'));
  return new RegExp(`^${parts}$`);
}

/** As the server reads it: of a whole URL the path alone, and letters that need no encoding as such. */
function pathOf(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] ?? '';
  return path.replace(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : code;
  });
}
