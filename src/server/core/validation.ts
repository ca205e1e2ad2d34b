import { z } from 'zod';
import { avatarIdIn } from './avatars.ts';
import { isRoomName, isUsername, normalizeRoomName, normalizeUsername } from './names/precis.ts';
import { maxQueryLength, parseQuery } from './search/query.ts';

export const maxTextLength = 16_384;
const maxNameLength = 100;

/** Counted as JavaScript counts, in UTF-16 code units; zod's own `max` counts code points. */
const atMost = (length: number) => (text: string) => text.length <= length;
const tooLong = (length: number) => `has more than ${length} characters`;

/** Postgres cannot store U+0000, and a lone surrogate is no text in any encoding. */
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();
const notStorable = 'contains U+0000 or half of a surrogate pair';

/** The length is named once more for documents, as it cannot be read off a function. */
const limited = (schema: z.ZodString, length: number) =>
  schema
    .refine(atMost(length), { error: tooLong(length), abort: true })
    .refine(isStorable, { error: notStorable, abort: true })
    .meta({ maxLength: length });

/** As written. */
export const text = limited(z.string(), maxTextLength);
const trimmedText = limited(z.string().trim(), maxTextLength);
const trimmedName = limited(z.string().trim().min(1), maxNameLength);

/** A name that is chosen, before it is checked by the API that it is chosen in. Names are case-sensitive. */
export const chosenName = trimmedName;
/** A user name that is chosen in the typed API: normalized and checked by the profile UsernameCasePreserved (RFC 8265). */
export const newUsername = limited(
  z
    .string()
    .overwrite(normalizeUsername)
    .min(1)
    .refine(
      (name) => hasVisibleCharacter(name) && isUsername(name),
      'must consist of letters, digits and ASCII punctuation',
    ),
  maxNameLength,
);
/** What an owner of several sessions tells them apart by. */
export const deviceName = trimmedName;
/** What an owner of several access tokens tells them apart by. */
export const tokenName = trimmedName;
/** A name as others write it: nothing is trimmed, so that it names the user it spells or nobody. */
export const username = limited(z.string().min(1), maxNameLength);
/** The name of a room to join. */
export const roomName = trimmedName;
/** A room name that is chosen in the typed API: normalized and checked by the profile Nickname (RFC 8266). */
export const newRoomName = limited(
  z
    .string()
    .overwrite(normalizeRoomName)
    .min(1)
    .refine(
      (name) => hasVisibleCharacter(name) && isRoomName(name),
      'must not contain control or invisible characters',
    ),
  maxNameLength,
);

/** Whether any character of a name shows: white space, control and format characters do not, nor do blank letters. */
export function hasVisibleCharacter(name: string): boolean {
  return /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2800]/u.test(name);
}

/** Not checked for its form: the accounts of the original were not either. */
export const email = trimmedText.min(1);
/** In the place of the address of one who has none. Nobody can enter it, as addresses are trimmed. */
export const noEmail = (username: string) => ` ${username}`;
/** '' for one who has none. */
export const shownEmail = (stored: string) => (stored.startsWith(' ') ? '' : stored);
export const password = text.min(1);
/** Trimmed, so that a room opens to the password as people copy it. */
export const roomPassword = trimmedText;
export const maxAvatarUrlLength = 2048;
const avatarUrlOr = (isOther: (value: string) => boolean) =>
  limited(z.string().trim(), maxAvatarUrlLength).refine(
    (value) => value === '' || shownAvatarUrl(value) !== null || isOther(value),
    'must be an http or https URL',
  );
/** An http(s) URL, or '' for none. */
export const avatarUrl = avatarUrlOr(() => false);
/** The same, or the path of an uploaded avatar: clients send back what they were shown. */
export const newAvatarUrl = avatarUrlOr((value) => value.startsWith('/') && avatarIdIn(value) !== undefined);
/** For the legacy API, which accepts any text: what is no avatar becomes ''. */
export const anyAvatarUrl = trimmedText.transform((value) => shownAvatarUrl(value) ?? '');

/** The avatar to show for what is stored, which may be anything in an imported account; null for none. */
export function shownAvatarUrl(stored: string | null): string | null {
  if (stored === null || stored.length > maxAvatarUrlLength) return null;
  return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(stored) && URL.canParse(stored) ? stored : null;
}
export const description = text;
/** Kept as written, white space and all. */
export const inboxText = text.min(1);
export const roomText = trimmedText.min(1);
/** The same for messages that may have files instead. */
export const inboxTextOrNone = text;
export const roomTextOrNone = trimmedText;

/** The most files of one message. */
export const maxAttachments = 10;
/** Of a file. */
export const fileId = z.string().regex(/^[\w-]{22}$/);
/** The files of a message. */
export const attachmentIds = z
  .array(fileId)
  .max(maxAttachments)
  .refine((ids) => new Set(ids).size === ids.length, 'names a file twice');

/** A message has a text, files or both. */
export const hasContent = ({
  text,
  attachments = [],
}: {
  text: string;
  attachments?: string[] | undefined;
}) => text !== '' || attachments.length > 0;
export const noContent = { path: ['text'], error: 'must not be empty without attachments' };

/** What a room is about, in one line. */
export const roomTopic = limited(z.string().trim(), 250);
/** What a room is for, as long as a page. */
export const roomDescription = limited(z.string().trim(), 2000);
/** Of the characters of an invitation's code, unless it is none. */
export const inviteCode = limited(z.string().min(1), maxNameLength);
/** Of the characters of the token in a mailed link, unless it is none. */
export const linkToken = limited(z.string().min(1), maxNameLength);
/** Of an authenticator app or for recovery, as it was typed. */
export const factorCode = limited(z.string().trim().min(1), maxNameLength);
/** The id of a service to log in with. */
export const issuerId = limited(z.string().min(1), maxNameLength);
/** Where a browser has come back to from such a service. */
export const callbackUrl = limited(z.string(), 8192).refine((value) => URL.canParse(value), 'must be a URL');
/** ISO 8601, in UTC or with an offset. Postgres has no year 0, and SQLite compares years of four digits. */
export const time = z.iso
  .datetime({ offset: true })
  .transform((given) => new Date(given))
  .refine(
    (date) => date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999,
    'is not in a year from 1 to 9999',
  );

/** What to look for. Checked for having something in it, as white space and invisible characters have not. */
export const searchQuery = limited(z.string(), maxQueryLength).refine(
  (query) => parseQuery(query) !== undefined,
  'is empty',
);

export const maxDescriptionWords = 500;

export function countWords(value: string): number {
  const trimmed = value.trim();
  return trimmed === '' ? 0 : trimmed.split(/\s+/u).length;
}

/** Columns of ids have 32 bits. */
export const maxRowId = 2 ** 31 - 1;
/** What no row has. */
export const noRowId = -1;

const id = z.number().int().positive();

/** The id of a row. A larger number than the column holds is a fair question, whose answer is that there is no such row. */
export const rowId = id.transform((given) => (given > maxRowId ? noRowId : given));
/** The id up to which rows are meant, whether there is such a row or not. */
export const upToRowId = id.transform((given) => Math.min(given, maxRowId));

/** The largest request body. It leaves room for the longest text, however it is escaped. */
export const maxBodyBytes = 128 * 1024;

/** What a client calls a message of its own, so that a repeated send is recognized: visible ASCII. */
export const clientId = z.string().regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible ASCII characters');

// Not a literal, as the compiler's target is older than the flag, which every supported Node.js knows.
const sets = 'v';
const oneEmoji = new RegExp('^\\p{RGI_Emoji}$', sets);

/** One emoji as Unicode recommends it for interchange, such as a flag or a family as a whole. */
export const emoji = z
  .string()
  .max(64)
  .refine((value) => oneEmoji.test(value), 'must be one emoji');
