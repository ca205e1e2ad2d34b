import { isBidiSafe } from './bidi-rule.ts';

/**
 * The string classes of PRECIS (RFC 8264), on the Unicode data of Node's own regular expressions. Code points that depend
 * on the joining types of their neighbors (ZWJ and ZWNJ) are not accepted.
 */
const exceptions = {
  allowed: /^[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]$/u,
  disallowed: /^[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]$/u,
};

/** RFC 5892, appendix A: where a code point is allowed, given the string and its position. */
const contextRules: [RegExp, (points: string[], index: number) => boolean][] = [
  [/^\u00b7$/u, (points, index) => points[index - 1] === 'l' && points[index + 1] === 'l'],
  [/^\u0375$/u, (points, index) => /^\p{Script=Greek}/u.test(points[index + 1] ?? '')],
  [/^[\u05f3\u05f4]$/u, (points, index) => /^\p{Script=Hebrew}/u.test(points[index - 1] ?? '')],
  [/^\u30fb$/u, (points) => /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(points.join(''))],
  [/^[\u0660-\u0669]$/u, (points) => !/[\u06f0-\u06f9]/u.test(points.join(''))],
  [/^[\u06f0-\u06f9]$/u, (points) => !/[\u0660-\u0669]/u.test(points.join(''))],
];

const oldHangulJamo = /^[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7c6\ud7cb-\ud7fb]$/u;
const unusable =
  /^[\p{Cn}\p{Cc}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Zl}\p{Zp}]$/u;
/** Whether no name may contain this code point, because it does not show, means nothing yet or is no character. */
export const isUnusable = (point: string): boolean => unusable.test(point);

const lettersAndDigits = /^[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]$/u;
const freeform = /^[\p{L}\p{M}\p{N}\p{Zs}\p{S}\p{P}]$/u;

type StringClass = 'identifier' | 'freeform';

function isAllowed(points: string[], index: number, stringClass: StringClass): boolean {
  const point = points[index] ?? '';
  if (exceptions.allowed.test(point)) return true;
  if (exceptions.disallowed.test(point)) return false;
  const rule = contextRules.find(([pattern]) => pattern.test(point));
  if (rule) return rule[1](points, index);
  if (/^[\x21-\x7e]$/.test(point)) return true;
  if (oldHangulJamo.test(point) || isUnusable(point)) return false;
  if (stringClass === 'freeform') return freeform.test(point);
  return point.normalize('NFKC') === point && lettersAndDigits.test(point);
}

const isOfClass = (text: string, stringClass: StringClass): boolean => {
  const points = [...text];
  return points.every((_, index) => isAllowed(points, index, stringClass));
};

const spaces = /\p{Zs}+/gu;

/**
 * Maps a user name as the UsernameCasePreserved profile of RFC 8265 does: full-width and half-width characters to the
 * usual ones, and composed characters (NFC). White space at the ends is removed, and between words is one space.
 */
export function normalizeUsername(text: string): string {
  const widthMapped = text.replace(/[\u3000\uff01-\uffee]/gu, (point) => point.normalize('NFKC'));
  return widthMapped.replace(spaces, ' ').trim().normalize('NFC');
}

/** Whether a normalized name conforms to UsernameCasePreserved: words of letters, digits and ASCII punctuation. */
export function isUsername(text: string): boolean {
  const words = text.split(' ');
  return words.every((word) => word !== '' && isOfClass(word, 'identifier') && isBidiSafe(word));
}

/** Maps a room name as the Nickname profile of RFC 8266 does: one space between words, and NFKC. Idempotent. */
export function normalizeRoomName(text: string): string {
  let name = text;
  // NFKC can produce spaces, so that it takes more than one step. The profile allows three.
  for (let step = 0; step < 3; step += 1) name = name.replace(spaces, ' ').trim().normalize('NFKC');
  return name;
}

/** Emoji with a variation selector, a skin tone or joined parts. */
const emoji = /\p{Emoji}[\ufe0f\u20e3\p{Emoji_Modifier}]*(?:\u200d\p{Emoji}[\ufe0f\p{Emoji_Modifier}]*)*/gu;

/**
 * Whether a normalized name conforms to the Nickname profile: no control characters, and none that are invisible. Emoji are
 * allowed as well, though some of them contain such characters.
 */
export function isRoomName(text: string): boolean {
  return text !== '' && isOfClass(text.replace(emoji, ''), 'freeform');
}

/**
 * Maps a secret as the OpaqueString profile of RFC 8265 does, so that it is the same from every keyboard: ASCII spaces, and
 * composed characters (NFC).
 */
export const normalizeSecret = (text: string): string => text.replace(/\p{Zs}/gu, ' ').normalize('NFC');
