import type { z } from 'zod';
import { CommandError } from './failure.ts';

/** Validates an argument by the rules of the API. Throws a CommandError that says what is wrong with it. */
export function parseWith(schema: z.ZodType<string>, given: string, what: string): string {
  const { data, error } = schema.safeParse(given);
  if (error) throw new CommandError(`${what} ${problem(error.issues[0])}`);
  return data;
}

/** In the words of a sentence about the argument, as those of our own rules are. */
const problem = (issue: z.core.$ZodIssue | undefined): string =>
  issue?.code === 'too_small' ? 'must not be empty' : (issue?.message ?? 'cannot be used');
