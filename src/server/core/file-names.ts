import { extname } from 'node:path/posix';
import { create } from 'content-disposition';
import { isUnusable } from './names/precis.ts';

/** Of UTF-8: what one name may take in the file systems of today. */
export const maxFileNameBytes = 255;
/** Longer ones are no extensions, but names with a dot. */
const maxExtensionBytes = 32;
/** The name of a file that has none. */
const nameless = 'file';

/** What Windows opens in place of a file, whatever the extension and with spaces before it. */
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\.|$)/i;

// A literal with this flag needs a newer compilation target than ours; Node has had the flag since version 20.
// biome-ignore lint/complexity/useRegexLiterals: see above
const emojiOrPoint = new RegExp('(\\p{RGI_Emoji})|.', 'gsv');

/**
 * What is stored of a file's name, and shown to others: composed characters (NFC) without folders, controls and characters that
 * do not show or that reorder the others; with an extension that survives, at most {@link maxFileNameBytes}. Usable in every
 * file system, except for the punctuation that Windows refuses and browsers replace. Never empty. Idempotent.
 */
export function cleanFileName(name: string): string {
  const shown = withoutInvisible(name.toWellFormed()).normalize('NFC');
  // A colon separates drives and folders on some systems, and on Windows what is written beside a file.
  const last = shown
    .slice(Math.max(shown.lastIndexOf('/'), shown.lastIndexOf('\\')) + 1)
    .replaceAll(':', '_');
  const bare = withoutEnds(last) || nameless;
  return shortened(device.test(bare) ? `_${bare}` : bare);
}

/** The value of a Content-Disposition header (RFC 6266) with this name, which is cleaned. */
export const contentDisposition = (name: string, type: 'inline' | 'attachment'): string =>
  create(cleanFileName(name), { type });

/** Emoji consist of characters some of which do not show, and stay whole. Line breaks are spaces, and a run of spaces is one. */
const withoutInvisible = (text: string) =>
  text
    .replace(emojiOrPoint, (point, emoji?: string) => {
      if (emoji !== undefined) return emoji;
      if (/\p{White_Space}/u.test(point)) return ' ';
      return isUnusable(point) || /[\p{Cf}\u2800]/u.test(point) ? '' : point;
    })
    .replace(/ +/g, ' ');

/** Windows drops dots and spaces at the end, and elsewhere a dot at the beginning hides a file. */
const withoutEnds = (name: string) => name.replace(/^[. ]+/, '').replace(/(?<![. ])[. ]+$/, '');

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= maxFileNameBytes) return name;
  const found = extname(name);
  const extension = Buffer.byteLength(found) <= maxExtensionBytes ? found : '';
  const room = maxFileNameBytes - Buffer.byteLength(extension);
  const { read } = new TextEncoder().encodeInto(name, new Uint8Array(room));
  // The cut may have gone through an emoji.
  return withoutEnds(withoutInvisible(name.slice(0, read))) + extension;
}
