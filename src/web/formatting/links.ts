/** A part of a plain text: an address, if it has an `href`. */
export interface Part {
  at: number;
  part: string;
  href?: string;
}

const address = /https?:\/\/[^\s<>"]+/i;
const addresses = new RegExp(address, 'gi');
const addressAtStart = new RegExp(`^${address.source}`, 'i');
const trailingPunctuation = /[.,;:!?'*]/;

/** A plain text, divided into the web addresses in it and what is between them. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(addresses)) {
    const found = trimTrailingPunctuation(match[0]);
    const href = webHref(found);
    if (href === undefined) continue;
    if (match.index > end) parts.push({ at: end, part: text.slice(end, match.index) });
    parts.push({ at: match.index, part: found, href });
    end = match.index + found.length;
  }
  if (end < text.length) parts.push({ at: end, part: text.slice(end) });
  return parts;
}

/** The address with which a text begins. */
export function addressAt(text: string): string | undefined {
  const found = trimTrailingPunctuation(addressAtStart.exec(text)?.[0] ?? '');
  return webHref(found) === undefined ? undefined : found;
}

/** Removes trailing punctuation and unmatched closing brackets, which belong to the sentence. */
function trimTrailingPunctuation(found: string): string {
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found[end - 1] ?? '';
    if (last === ')' ? isOpened(found, end - 1) : !trailingPunctuation.test(last)) break;
  }
  return found.slice(0, end);
}

function isOpened(text: string, closing: number): boolean {
  let at = closing - 1;
  while (at >= 0 && text[at] !== '(' && text[at] !== ')') at -= 1;
  return text[at] === '(';
}

const webHref = (text: string) => hrefWith(['http:', 'https:'], text);

/** Where a link in a message may lead. */
export const linkHref = (text: string): string | undefined => hrefWith(['http:', 'https:', 'mailto:'], text);

function hrefWith(protocols: string[], text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocols.includes(protocol) ? href : undefined;
}

/** Whether the text of a link looks like an address, but not like the one it leads to. */
export function isMisleading(text: string, href: string): boolean {
  const shown = text.normalize('NFKC').trim();
  return (
    /\S[.。:@]\S/u.test(shown) &&
    !['', 'https://', 'http://', 'mailto:'].some((start) => linkHref(start + shown) === href)
  );
}
