import type { ZodString } from 'zod';
import { AppError } from '../core/errors.ts';

/** The normalized name. Throws 'INVALID_INPUT' for a name that cannot be chosen. */
export function parseName(schema: ZodString, name: string): string {
  const { data, error } = schema.safeParse(name);
  if (error)
    throw new AppError('INVALID_INPUT', { message: `the name ${error.issues[0]?.message ?? 'is invalid'}` });
  return data;
}
