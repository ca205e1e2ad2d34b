import { type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fillIn, findProblems, type Variables, within } from './expectation.ts';

/** A step of a recording: a request with its expected response, or a pause. */
export type Step = Exchange | { id: string; sleep_ms: number };

export interface Exchange {
  id: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | null;
  /** For bodies that are not valid UTF-8. */
  body_base64?: string;
  times?: number;
  expect: Expectation;
}

export interface Expectation {
  status: number | number[] | '4xx';
  json?: unknown;
  text?: string;
  content_type?: string;
  headers?: Record<string, unknown>;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface Outcome {
  id: string;
  problems: string[];
}

const timeoutMs = 15_000;

/** Sends the steps in order, since later ones use earlier captures. Several servers are used in rotation. */
export async function replay(baseUrls: string | readonly string[], steps: Step[]): Promise<Outcome[]> {
  const variables: Variables = new Map();
  const next = roundRobin([baseUrls].flat());
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    if ('sleep_ms' in step) await sleep(step.sleep_ms);
    else outcomes.push({ id: step.id, problems: await perform(next, step, variables) });
  }
  return outcomes;
}

function roundRobin(urls: string[]): () => string {
  let count = 0;
  return () => {
    count += 1;
    return urls[count % urls.length] ?? '';
  };
}

async function perform(next: () => string, step: Exchange, variables: Variables): Promise<string[]> {
  for (let i = 1; i <= (step.times ?? 1); i += 1) {
    variables.set('i', i);
    try {
      const problems = findReplyProblems(step.expect, await send(next(), step, variables), variables);
      if (problems.length > 0) return problems;
    } catch (error) {
      return [String(error)];
    }
  }
  return [];
}

export function findReplyProblems(expected: Expectation, reply: Reply, variables: Variables): string[] {
  const contentType = expected.json === undefined ? expected.content_type : 'application/json';
  const problems = fitsStatus(expected.status, reply.status)
    ? []
    : [`status: expected ${expected.status}, got ${reply.status} ${reply.text.slice(0, 200)}`];

  if (contentType !== undefined && contentType !== mediaType(reply))
    problems.push(`content type: expected ${contentType}, got ${reply.headers['content-type']}`);
  if (expected.json !== undefined) problems.push(...findJsonProblems(expected.json, reply.text, variables));
  if (expected.text !== undefined)
    problems.push(...within('text', findProblems(expected.text, reply.text, variables)));
  for (const [name, value] of Object.entries(expected.headers ?? {}))
    problems.push(
      ...within(`header ${name}`, findProblems(value, reply.headers[name.toLowerCase()], variables)),
    );
  return problems;
}

function findJsonProblems(expected: unknown, text: string, variables: Variables): string[] {
  let actual: unknown;
  try {
    actual = JSON.parse(text);
  } catch {
    return [`body: invalid JSON: ${text.slice(0, 200)}`];
  }
  return within('body', findProblems(expected, actual, variables));
}

function fitsStatus(expected: Expectation['status'], actual: number): boolean {
  if (expected === '4xx') return actual >= 400 && actual < 500;
  return [expected].flat().includes(actual);
}

function mediaType({ headers }: Reply): string | undefined {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase();
}

export function send(baseUrl: string, step: Exchange, variables: Variables): Promise<Reply> {
  const { hostname, port, pathname } = new URL(baseUrl);
  const body = readBody(step, variables);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(step.headers ?? {})) headers[name] = fillIn(value, variables);
  // Without a length, Node would send a POST without a body as chunked.
  if (body || !['GET', 'HEAD', 'OPTIONS'].includes(step.method))
    headers['Content-Length'] = String(body?.length ?? 0);

  return new Promise((resolve, reject) => {
    const outgoing = request({
      hostname,
      port,
      method: step.method,
      // Concatenated, because URL would normalize the unusual paths that some steps test.
      path: pathname.replace(/\/$/, '') + fillIn(step.path, variables),
      headers,
      agent: false, // one connection per step, so that steps cannot affect each other through it
      signal: AbortSignal.timeout(timeoutMs),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      buffer(response).then((content) => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: content.toString('utf8'),
        });
      }, reject);
    });
    outgoing.end(body);
  });
}

function readBody(step: Exchange, variables: Variables): Buffer | undefined {
  if (step.body_base64 !== undefined) return Buffer.from(step.body_base64, 'base64');
  if (step.body === undefined || step.body === null) return undefined;
  return Buffer.from(fillIn(step.body, variables), 'utf8');
}
