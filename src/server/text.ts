import { z } from 'zod';

const maxTextLength = 16_384;
const maxNameLength = 100;

/** Counted as JavaScript counts, in UTF-16 code units; zod's own `max` counts code points. */
const atMost = (length: number) => (text: string) => text.length <= length;
const tooLong = (length: number) => `has more than ${length} characters`;

/** Postgres cannot store U+0000, and a lone surrogate is no text in any encoding. */
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();
const notStorable = 'contains U+0000 or half of a surrogate pair';

/** The length is named once more for documents, as it cannot be read off a function. */
const limited = (schema: z.ZodString, length: number) =>
  schema.refine(atMost(length), tooLong(length)).refine(isStorable, notStorable).meta({ maxLength: length });

/** As written. */
export const text = limited(z.string(), maxTextLength);
const trimmedText = limited(z.string().trim(), maxTextLength);
const trimmedName = limited(z.string().trim().min(1), maxNameLength);

/** A name as its owner chooses it, trimmed. Names are compared to the letter. */
export const newUsername = trimmedName;
/** What an owner of several sessions tells them apart by. */
export const deviceName = trimmedName;
/** A name as others write it: nothing is trimmed, so that it names the user it spells or nobody. */
export const username = limited(z.string().min(1), maxNameLength);
export const roomName = trimmedName;
/** Not checked for its form: the accounts of the original were not either. */
export const email = trimmedText.min(1);
/** In the place of the address of one who has none. Nobody can enter it, as addresses are trimmed. */
export const noEmail = (username: string) => ` ${username}`;
/** '' for one who has none. */
export const shownEmail = (stored: string) => (stored.startsWith(' ') ? '' : stored);
export const password = text.min(1);
/** Trimmed, so that a room opens to the password as people copy it. */
export const roomPassword = trimmedText;
export const avatarUrl = trimmedText;
export const description = text;
/** Kept as written, white space and all. */
export const inboxText = text.min(1);
export const roomText = trimmedText.min(1);

export const maxDescriptionWords = 500;

export function countWords(value: string): number {
  const trimmed = value.trim();
  return trimmed === '' ? 0 : trimmed.split(/\s+/u).length;
}

/**
 * The id of a row. Columns of ids have 32 bits: a larger number is a fair question, whose answer is that there is no
 * such row, so it becomes the largest id, which no row gets.
 */
export const rowId = z
  .number()
  .int()
  .positive()
  .transform((id) => Math.min(id, 2 ** 31 - 1));

/** The largest request body. It leaves room for the longest text, however it is escaped. */
export const maxBodyBytes = 128 * 1024;
