import { expect, it } from 'vitest';
import type { StepRequest, WireRequest } from '../../src/rest-compat/openapi/examples/steps.ts';
import type { Schema } from '../../src/rest-compat/openapi/schemas.ts';
import { findProblems } from '../legacy/expectation.ts';
import { type Reply, send } from '../legacy/replay.ts';
import { startMirage } from '../support/harness.ts';
import { examplesOf, misfits, readDocument } from './document.ts';

const document = readDocument();
const examples = examplesOf(document).flatMap(({ example, ...rest }) => {
  const request = example['x-request'];
  return request ? [{ ...rest, value: example.value, request, after: example['x-after'] ?? [] }] : [];
});

type Variables = Map<string, unknown>;

function ask(url: string, request: WireRequest, variables: Variables): Promise<Reply> {
  const { method, path, headers = {}, json, text, base64 } = request;
  const body = json === undefined ? text : JSON.stringify(json);
  const step = { id: path, method, path, headers, expect: { status: 200 } };
  const content = base64 === undefined ? { body: body ?? null } : { body_base64: base64 };
  return send(url, { ...step, ...content }, variables);
}

async function take(url: string, step: StepRequest, variables: Variables): Promise<void> {
  for (let i = 1; i <= (step.times ?? 1); i += 1) {
    variables.set('i', i);
    const { status, text } = await ask(url, step, variables);
    expect([step.path, status]).toEqual([step.path, step.status]);
    const answer = JSON.parse(text) as Record<string, unknown>;
    for (const [name, field] of Object.entries(step.capture ?? {})) variables.set(name, answer[field]);
  }
}

/** What must come back: the value to the letter, but for what varies, which has to fit its schema. */
function expected(value: unknown, schema: Schema): unknown {
  if (schema['x-varies'] === true) return { $any: true };
  const { items, properties = {} } = schema;
  // safe: a schema says of what kind its parts are
  if (Array.isArray(value)) return value.map((item) => expected(item, items as Schema));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, expected(part, properties[name] ?? {})]),
  );
}

it.each(examples)('$title', async ({ status, type, schema, headers, value, request, after }) => {
  const { url } = await startMirage({ rateLimit: true });
  const variables: Variables = new Map();
  for (const name of after)
    for (const step of document['x-steps'][name] ?? expect.fail(`there is no step ${name}`))
      await take(url, step, variables);

  const reply = await ask(url, request, variables);

  expect([reply.status, reply.text.slice(0, 300)]).toEqual([status, expect.anything()]);
  expect(reply.headers['content-type']?.split(';')[0]).toBe(type);
  const body: unknown = type === 'application/json' ? JSON.parse(reply.text) : reply.text;
  expect(findProblems(expected(value, schema), body, variables)).toEqual([]);
  expect(misfits(schema, body)).toEqual([]);
  expect(misfits(schema, value)).toEqual([]);
  for (const [name, header] of Object.entries(headers))
    expect(misfits(header.schema, Number(reply.headers[name.toLowerCase()])), name).toEqual([]);
});
