import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { StepRequest, WireRequest } from '../../src/rest-compat/openapi/examples/steps.ts';
import type { Schema } from '../../src/rest-compat/openapi/schemas.ts';

/** The parts of the document that tests read. */
export interface Example {
  summary: string;
  value: unknown;
  'x-after'?: string[];
  'x-request'?: WireRequest;
}

export interface Response {
  $ref?: string;
  headers?: Record<string, { schema: Schema; required?: boolean }>;
  content: Record<string, { schema: Schema; examples?: Record<string, Example> }>;
}

export interface Operation {
  operationId: string;
  requestBody?: { content: Record<string, { schema: Schema; examples: Record<string, Example> }> };
  parameters?: { name: string; in: string; schema: Schema }[];
  responses: Record<string, Response>;
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { responses: Record<string, Response & { 'x-status': number }> };
  'x-steps': Record<string, StepRequest[]>;
}

export const documentFile = new URL('../../docs/openapi.json', import.meta.url);

/** As it lies in docs/. */
export function readDocument(): Document {
  return JSON.parse(readFileSync(documentFile, 'utf8')) as Document; // safe: document.test.ts holds it against the table
}

export const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

/** The response itself, where an operation only refers to it. */
export function resolve({ components }: Document, response: Response): Response {
  const name = response.$ref?.split('/').at(-1);
  if (name === undefined) return response;
  return components.responses[name] ?? response;
}

/** Every example that says what is to be asked. */
export const examplesOf = (document: Document) =>
  operationsOf(document).flatMap(({ operation }) =>
    Object.entries(operation.responses).flatMap(([status, response]) =>
      Object.entries(response.content ?? {}).flatMap(([type, { schema, examples = {} }]) =>
        Object.entries(examples).map(([name, example]) => ({
          title: `${operation.operationId} ${status} ${name}`,
          status: Number(status),
          type,
          schema,
          headers: response.headers ?? {},
          example,
        })),
      ),
    ),
  );

const parsers = new WeakMap<Schema, z.ZodType>();

// safe: JSON Schema, in a type that says less of its keywords
const parserOf = (schema: Schema) => z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);

/** What is wrong with a value by its schema. */
export function misfits(schema: Schema, value: unknown): string[] {
  const known = parsers.get(schema) ?? parserOf(schema);
  parsers.set(schema, known);
  const { error } = known.safeParse(value);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}
