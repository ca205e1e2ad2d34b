import { expect, it } from 'vitest';
import type { StepRequest, WireRequest } from '../../src/rest-compat/openapi/examples/steps.ts';
import type { Schema } from '../../src/rest-compat/openapi/schemas.ts';
import { findProblems } from '../legacy/expectation.ts';
import { type Reply, send } from '../legacy/replay.ts';
import { startMirage } from '../support/harness.ts';
import { createValidator, examplesOf, readDocument, resolve } from './document.ts';

const document = readDocument();
const schemaErrors = createValidator(document);
const examples = examplesOf(document).flatMap(({ example, ...rest }) => {
  const request = example['x-request'];
  return request ? [{ ...rest, value: example.value, request, after: example['x-after'] ?? [] }] : [];
});

type Variables = Map<string, unknown>;

function sendExample(url: string, request: WireRequest, variables: Variables): Promise<Reply> {
  const { method, path, headers = {}, json, text, base64 } = request;
  const body = json === undefined ? text : JSON.stringify(json);
  const step = { id: path, method, path, headers, expect: { status: 200 } };
  const content = base64 === undefined ? { body: body ?? null } : { body_base64: base64 };
  return send(url, { ...step, ...content }, variables);
}

async function runStep(url: string, step: StepRequest, variables: Variables): Promise<void> {
  for (let i = 1; i <= (step.times ?? 1); i += 1) {
    variables.set('i', i);
    const { status, text } = await sendExample(url, step, variables);
    expect([step.path, status]).toEqual([step.path, step.status]);
    const answer = JSON.parse(text) as Record<string, unknown>;
    for (const [name, field] of Object.entries(step.capture ?? {})) variables.set(name, answer[field]);
  }
}

/** The expected body: the example, except for varying values, which only have to match their schema. */
function expected(value: unknown, schema: Schema): unknown {
  if (schema['x-varies'] === true) return { $any: true };
  const { items = {}, properties = {} } = resolve(document, schema);
  if (Array.isArray(value)) return value.map((item) => expected(item, items));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, expected(part, properties[name] ?? {})]),
  );
}

async function expectExample(url: string, example: (typeof examples)[number]): Promise<void> {
  const { title, status, type, schema, headers, value, request, after } = example;
  const variables: Variables = new Map();
  for (const name of after)
    for (const step of document['x-steps'][name] ?? expect.fail(`unknown step ${name}`))
      await runStep(url, step, variables);

  const reply = await sendExample(url, request, variables);

  expect([reply.status, reply.text.slice(0, 300)], title).toEqual([status, expect.anything()]);
  expect(reply.headers['content-type']?.split(';')[0], title).toBe(type);
  const body: unknown = type === 'application/json' ? JSON.parse(reply.text) : reply.text;
  expect(findProblems(expected(value, schema), body, variables), title).toEqual([]);
  expect(schemaErrors(schema, body), title).toEqual([]);
  expect(schemaErrors(schema, value), title).toEqual([]);
  for (const [name, header] of Object.entries(headers)) {
    const sent = reply.headers[name.toLowerCase()];
    expect(
      schemaErrors(header.schema, header.schema.type === 'integer' ? Number(sent) : sent),
      title,
    ).toEqual([]);
  }
}

/** Refused requests to a new server change nothing, so that they can share one. */
const needsNoSteps = ({ status, after }: (typeof examples)[number]) => status >= 400 && after.length === 0;

it('answers refused requests as in the examples', async () => {
  const { url } = await startMirage({ rateLimit: true });
  const refused = examples.filter(needsNoSteps);
  expect(refused.length).toBeGreaterThan(50);
  for (const example of refused) await expectExample(url, example);
});

it.each(examples.filter((example) => !needsNoSteps(example)))('$title', async (example) => {
  const { url } = await startMirage({ rateLimit: true });
  await expectExample(url, example);
});
