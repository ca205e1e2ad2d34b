import { z } from 'zod';
import type { LegacyError } from '../route.ts';

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

/** The body of a refusal. */
export const bodyOf = ([, error, more]: LegacyError): Record<string, string> => ({ error, ...more });

/** What fits the bodies of all these refusals, to the letter. */
export function schemaOfReplies(replies: readonly LegacyError[]): Schema {
  const bodies = replies.map(bodyOf);
  const names = [...new Set(bodies.flatMap(Object.keys))];
  const textsOf = (name: string) => [...new Set(bodies.flatMap((body) => body[name] ?? []))];
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, schemaOfTexts(textsOf(name))])),
    required: names.filter((name) => bodies.every((body) => name in body)),
    additionalProperties: false,
  };
}

function schemaOfTexts(texts: string[]): Schema {
  const fixed = texts.filter((text) => !text.includes('{'));
  const varying = texts.filter((text) => text.includes('{'));
  if (varying.length === 0) return { type: 'string', enum: fixed };
  const patterns = varying.map((text) => ({ type: 'string', pattern: `^${patternOf(text)}$` }));
  return { anyOf: [{ type: 'string', enum: fixed }, ...patterns] };
}

/** Of a text in which the name of a setting in braces stands for a number. */
const patternOf = (text: string) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '\\d+');
