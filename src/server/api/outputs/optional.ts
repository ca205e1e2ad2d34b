import type { z } from 'zod';

/**
 * A field that may be missing: as `exactOptional`, which validates the missing value first and then drops the errors, at
 * more than the cost of all other fields. An undefined value is let through, and JSON does not show it.
 */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.optional() as unknown as z.ZodExactOptional<Schema>; // safe: no service gives undefined values, says the compiler
