import type { z } from 'zod';
import { CommandError } from './failure.ts';

/** An argument as the rules of the API want it. Throws a CommandError that says what is wrong with it. */
export function parseWith(schema: z.ZodType<string>, given: string, what: string): string {
  const { data, error } = schema.safeParse(given);
  if (error) throw new CommandError(`${what} ${error.issues[0]?.message ?? 'cannot be used'}`);
  return data;
}
