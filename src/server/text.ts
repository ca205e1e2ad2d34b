import { z } from 'zod';

/** Lengths are counted as JavaScript counts them: in UTF-16 code units. */
export const maxTextLength = 16_384;
const maxNameLength = 100;

/** Postgres cannot store U+0000, and a lone surrogate is no text in any encoding. */
const storable = (text: string) => !text.includes('\0') && text.isWellFormed();
const refusal = 'contains U+0000 or half of a surrogate pair';

const text = z.string().max(maxTextLength).refine(storable, refusal);
const trimmedText = z.string().trim().max(maxTextLength).refine(storable, refusal);
const trimmedName = z.string().trim().min(1).max(maxNameLength).refine(storable, refusal);

/** A name as its owner chooses it, trimmed. Names are compared to the letter. */
export const newUsername = trimmedName;
/** A name as others write it: nothing is trimmed, so that it names the user it spells or nobody. */
export const username = z.string().min(1).max(maxNameLength).refine(storable, refusal);
export const roomName = trimmedName;
/** Not checked for its form: the accounts of the original were not either. */
export const email = trimmedText.min(1);
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
