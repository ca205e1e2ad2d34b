import { z } from 'zod';
import type { LegacyError } from '../route.ts';

/** A JSON Schema. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  required?: string[];
  minimum?: number;
  maximum?: number;
  [keyword: string]: unknown;
}

/** Collects the named schemas of a document. */
export interface NamedSchemas {
  /** By name, for `components.schemas`. */
  readonly byName: Record<string, Schema>;
  /** A reference to what clients send, under a new name. */
  input(name: string, schema: z.ZodType): Schema;
  /** A reference to what they receive, under the schema's own `id` or else a new name. */
  output(name: string, schema: z.ZodType): Schema;
  /** A reference to the body of these replies, restricted to their exact texts. */
  errors(replies: readonly LegacyError[]): Schema;
}

export function createNamedSchemas(): NamedSchemas {
  const byName: Record<string, Schema> = {};

  function define(name: string, { $defs, ...schema }: Schema): Schema {
    Object.assign(byName, $defs);
    if (schema.$ref) return schema;
    byName[name] = schema;
    return reference(name);
  }

  return {
    byName,
    input: (name, schema) => define(name, inputSchema(schema)),
    output: (name, schema) => define(name, convert(schema, 'output')),
    errors(replies) {
      const bodies = replies.map(bodyOf);
      const names = [...new Set(bodies.flatMap(Object.keys))];
      const name = names.length === 1 ? 'Error' : 'RecipientError';
      byName[name] ??= errorSchema(name, names);
      const textsOf = (key: string) => [...new Set(bodies.flatMap((body) => body[key] ?? []))];
      return {
        ...reference(name),
        properties: Object.fromEntries(names.map((key) => [key, schemaOfTexts(textsOf(key))])),
      };
    },
  };
}

const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** JSON Schema of what clients send. */
export const inputSchema = (schema: z.ZodType) => convert(schema, 'input');

function convert(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema, ...converted } = z.toJSONSchema(schema, {
    io,
    // Types without a JSON Schema describe themselves with meta.
    unrepresentable: 'any',
    override({ jsonSchema }) {
      // zod's implicit bounds of integers say nothing.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      // A list of types in the metadata replaces a union, which generators turn into a type of its own.
      if (Array.isArray(jsonSchema.type)) delete jsonSchema.anyOf;
    },
  });
  const text = JSON.stringify(converted).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text) as Schema; // safe: schemas of objects and values are never boolean schemas
}

/** Queries and paths hold only text, so of several types of a value the integer is documented. */
export function parameterSchema({ description, ...schema }: Schema): Schema {
  if (!Array.isArray(schema.type) || !schema.type.includes('integer')) return schema;
  const { minLength, maxLength, ...rest } = schema;
  return { ...rest, type: 'integer', maximum: 2 ** 31 - 1 };
}

/** The body of an error response. */
export const bodyOf = ([, error, more]: LegacyError): Record<string, string> => ({ error, ...more });

const errorSchema = (name: string, keys: string[]): Schema => ({
  type: 'object',
  description:
    name === 'Error' ? 'Why a request failed' : 'The recipient does not exist; the text is under both keys',
  properties: Object.fromEntries(
    keys.map((key) => [
      key,
      { type: 'string', description: 'One of the texts listed with the response', minLength: 1 },
    ]),
  ),
  required: keys,
  additionalProperties: false,
});

function schemaOfTexts(texts: string[]): Schema {
  if (!texts.some(isTemplate)) return { type: 'string', enum: texts };
  return { type: 'string', pattern: `^(${texts.map(patternOf).join('|')})$` };
}

const isTemplate = (text: string) => text.includes('{');

/** A pattern for a text in which `{setting}` stands for a number. */
const patternOf = (text: string) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '\\d+');
