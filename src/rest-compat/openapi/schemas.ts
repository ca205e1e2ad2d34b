import { z } from 'zod';

/** A JSON Schema, or a part of one. */
export interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  [keyword: string]: unknown;
}

/** What callers may send. */
export const inputSchema = (schema: z.ZodType) => convert(schema, 'input');

/** What they get, and nothing beside it. */
export const outputSchema = (schema: z.ZodType) => convert(schema, 'output');

function convert(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema, ...converted } = z.toJSONSchema(schema, {
    io,
    // What cannot be described says itself what it is, with meta.
    unrepresentable: 'any',
    override({ jsonSchema }) {
      // Every integer of zod is one that a double can hold: no news to anybody.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return converted as Schema; // safe: of an object or a plain value, so it is no bare boolean
}

/** In a query or a path all is text, and a number its digits: of several forms of a value one is left. */
export function parameterSchema(schema: Schema): Schema {
  return schema.anyOf?.find(({ type }) => type === 'integer') ?? schema;
}

/** What fits all of these bodies, which differ in their texts. */
export function schemaOfBodies(bodies: readonly Record<string, string>[]): Schema {
  const names = [...new Set(bodies.flatMap(Object.keys))];
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, schemaOfTexts(bodies, name)])),
    required: names.filter((name) => bodies.every((body) => name in body)),
    additionalProperties: false,
  };
}

function schemaOfTexts(bodies: readonly Record<string, string>[], name: string): Schema {
  const texts = [...new Set(bodies.flatMap((body) => body[name] ?? []))];
  if (!texts.some((text) => text.includes('{'))) return { type: 'string', enum: texts };
  return { type: 'string', pattern: `^(${texts.map(patternOf).join('|')})$` };
}

/** Of a text in which a number stands in braces under its name. */
const patternOf = (text: string) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '\\d+');
