import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
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

export type SharedResponse = Response & { 'x-status': number };

export interface Parameter {
  name: string;
  in: string;
  description?: string;
  schema: Schema;
}

export interface Operation {
  operationId: string;
  description?: string;
  requestBody?: { content: Record<string, { schema: Schema; examples: Record<string, Example> }> };
  parameters?: Parameter[];
  responses: Record<string, Response>;
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: {
    parameters: Record<string, Parameter>;
    responses: Record<string, SharedResponse>;
    schemas: Record<string, Schema>;
  };
  'x-responses': Record<'UnknownPath' | 'WrongMethod', SharedResponse>;
  'x-steps': Record<string, StepRequest[]>;
}

export const documentFile = new URL('../../docs/openapi.json', import.meta.url);

/** Reads docs/openapi.json, with shared parameters in the place of the references to them. */
export function readDocument(): Document {
  const document = JSON.parse(readFileSync(documentFile, 'utf8')) as Document; // safe: document.test.ts compares it with the routes
  for (const { operation } of operationsOf(document))
    operation.parameters = (operation.parameters ?? []).map((parameter) =>
      '$ref' in parameter
        ? (document.components.parameters[String(parameter.$ref).split('/').at(-1) ?? ''] ?? parameter)
        : parameter,
    );
  return document;
}

export const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

/** Resolves a reference to a shared response or a named schema. Keywords beside the reference are dropped. */
export function resolve<Part extends Response | Schema>(document: Document, part: Part): Part {
  const [, , group, name] = part.$ref?.split('/') ?? [];
  if (group === undefined || name === undefined) return part;
  return document.components[group as 'schemas'][name] as Part; // safe: the linters check references
}

/** Every example of a response. */
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

/** Compares a value with a schema of the document and describes the differences. */
export type Validate = (schema: Schema, value: unknown) => string[];

export function createValidator({ components }: Document): Validate {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { binary: true } });
  const compiled = new WeakMap<Schema, ValidateFunction>();
  return (schema, value) => {
    const validate = compiled.get(schema) ?? ajv.compile({ ...schema, components });
    compiled.set(schema, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
  };
}
