import { z } from 'zod';
import { description, roomPassword, text } from '../server/text.ts';
import { sqliteText } from './wire.ts';

/**
 * Text, or what the original stored as text by accident: a number or `true`. What counts as missing there (nothing,
 * "", 0, false) is refused, and so is a whole number that JSON.parse may already have rounded. The value stays as
 * sent; `sqliteText` turns it into the text that `schema` has checked.
 */
export const textOrNumber = (schema: z.ZodType<string, string>) =>
  z
    .union([schema, z.number(), z.literal(true)])
    .refine((value) => value !== 0 && (!Number.isInteger(value) || Number.isSafeInteger(value)))
    .refine((value) => typeof value === 'string' || schema.safeParse(sqliteText(value)).success);

/** Passes for an id and names nothing. */
const noSuchId = Number.MAX_SAFE_INTEGER;

/** A number from text as SQLite reads it: decimal, with white space of ASCII around it. */
const decimal = /^[ \t\n\v\f\r]*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?[ \t\n\v\f\r]*$/i;
const digits = /^\s*\d+\s*$/;

/**
 * An id as a number or as text of a `form`. What is neither names nothing, which is for the look-up to say; only what
 * is empty is missing. JSON can hold numbers that are infinite here, which zod's own schema refuses.
 */
const idOf = (form: RegExp) =>
  z
    .union([
      z
        .custom<number>((value) => typeof value === 'number' && value !== 0)
        .meta({ type: 'integer', minimum: 1 }),
      z.literal(true),
      text.min(1),
    ])
    .transform((value) => {
      const id = typeof value === 'string' && !form.test(value) ? Number.NaN : Number(value);
      return Number.isSafeInteger(id) && id > 0 ? id : noSuchId;
    });

export const messageId = idOf(decimal);
export const roomId = idOf(digits);

/** Python's `int(value) != 0`, for what JSON can hold. */
export const flag = z
  .union([z.boolean(), z.number(), text.refine((value) => /^\s*[+-]?\d+\s*$/.test(value))])
  .default(false)
  .transform((value) => Math.trunc(Number(value)) !== 0)
  .meta({ description: 'A number or digits will do: zero is false' });

/** Whatever is empty counts as no description. */
export const optionalDescription = z
  .preprocess((value) => (isEmpty(value) ? '' : value), description)
  .meta({ type: ['string', 'null'] })
  .optional();

/** An empty field is left as it is. */
export const unlessEmpty = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional())
    .meta({ type: ['string', 'null'], minLength: 0 });

/** What Python takes for false. */
function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}

export const passwordIfPrivate = z
  .unknown()
  .optional()
  .meta({ type: 'string', description: 'Of a private room; that of a public one is not read' });

/** The password of a room, which is read only when the room is to be private. */
export function privateRoomPassword(
  { is_private: isPrivate, password }: { is_private: boolean; password?: unknown },
  context: z.RefinementCtx,
): string | undefined {
  if (!isPrivate) return undefined;
  const { data } = roomPassword.min(1).safeParse(password);
  if (data === undefined) context.addIssue({ code: 'custom', path: ['password'], message: 'is missing' });
  return data;
}
