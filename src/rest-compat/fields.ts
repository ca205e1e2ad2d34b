import { z } from 'zod';
import {
  anyAvatarUrl,
  description,
  hasVisibleCharacter,
  maxRowId,
  maxTextLength,
  roomPassword,
  text,
} from '../server/core/validation.ts';
import { sqliteText } from './wire.ts';

/**
 * Text, or a number or `true`, which the original stored as text by accident. Values that it treated as missing (null,
 * "", 0, false) are refused, and so are integers beyond ±2^53, which JSON.parse may have rounded. The value is kept as
 * sent; `sqliteText` converts it to the text that `schema` validated.
 */
export const textOrNumber = (schema: z.ZodType<string, string>) =>
  z
    .union([schema, z.number(), z.literal(true)])
    .refine((value) => value !== 0 && (!Number.isInteger(value) || Number.isSafeInteger(value)))
    .refine((value) => typeof value === 'string' || schema.safeParse(sqliteText(value)).success)
    .meta({ ...schema.meta(), type: ['string', 'number', 'boolean'], minLength: 1 });

/** A name that shows something. In a recording U+0085 alone is a name, as `trim` keeps it. */
export const visible = (schema: z.ZodType<string, string>) =>
  schema.refine((name) => name === '\u0085' || hasVisibleCharacter(name));

/** One more than a column holds, which no row has. */
const noSuchId = maxRowId + 1;

/** Text that SQLite converts to a number: decimal, with ASCII white space around it. */
const decimal = /^[ \t\n\v\f\r]*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?[ \t\n\v\f\r]*$/i;
const digits = /^\s*\d+\s*$/;

/**
 * An id: a number, or text of the given `form`. Any other value is treated as an id that does not exist, so that the
 * look-up reports it; only an empty value is missing. `1e999` in JSON is Infinity, which zod's own number refuses.
 */
const idOf = (form: RegExp) =>
  z
    .union([
      z.custom<number>((value) => typeof value === 'number' && value !== 0),
      z.literal(true),
      text.min(1),
    ])
    .transform((value) => {
      const id = typeof value === 'string' && !form.test(value) ? Number.NaN : Number(value);
      return Number.isSafeInteger(id) && id > 0 ? Math.min(id, noSuchId) : noSuchId;
    })
    .meta({ type: ['integer', 'string', 'boolean'], minimum: 1, minLength: 1, maxLength: maxTextLength });

export const messageId = idOf(decimal);
export const roomId = idOf(digits);

/** Python's `int(value) != 0` for JSON values. */
export const flag = z
  .union([z.boolean(), z.number(), text.refine((value) => /^\s*[+-]?\d+\s*$/.test(value))])
  .default(false)
  .transform((value) => Math.trunc(Number(value)) !== 0)
  .meta({ type: ['boolean', 'number', 'string'], maxLength: maxTextLength });

/** Any text; one that is not the URL of an avatar counts as none. */
export const avatarText = anyAvatarUrl.meta({
  description: 'An http or https URL of at most 2,048 characters; any other text means no avatar',
  maxLength: maxTextLength,
});

/** Any falsy value means no description. */
export const optionalDescription = z
  .preprocess((value) => (isFalsy(value) ? '' : value), description)
  .meta({ type: ['string', 'null'], description: 'About the user, at most 500 words' })
  .optional();

/** Null leaves the field unchanged. */
export const orNull = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().meta({ ...schema.meta(), type: ['string', 'null'] });

/** An empty value leaves the field unchanged. */
export const unlessEmpty = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional())
    .meta({ type: ['string', 'null'], minLength: 0 });

/** Python's falsiness. */
function isFalsy(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}

export const passwordIfPrivate = z.unknown().optional().meta({
  type: 'string',
  maxLength: maxTextLength,
  description: 'Password of a private room; ignored for public rooms',
});

/** The room's password, or undefined for a public room, whose `password` field is ignored. */
export function privateRoomPassword(
  { is_private: isPrivate, password }: { is_private: boolean; password?: unknown },
  context: z.RefinementCtx,
): string | undefined {
  if (!isPrivate) return undefined;
  const { data } = roomPassword.min(1).safeParse(password);
  if (data === undefined) context.addIssue({ code: 'custom', path: ['password'], message: 'is missing' });
  return data;
}
