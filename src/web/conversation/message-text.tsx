import { Fragment } from 'react';

/** Text as it was written: line breaks stay, web addresses become links, and nothing in it is ever HTML. */
export function MessageText({ text }: { text: string }) {
  return (
    <p className="message-text" dir="auto">
      {partsOf(text).map(({ at, part, href }) =>
        href === undefined ? (
          <Fragment key={at}>{part}</Fragment>
        ) : (
          <a key={at} href={href} target="_blank" rel="noopener noreferrer nofollow">
            {part}
          </a>
        ),
      )}
    </p>
  );
}

interface Part {
  at: number;
  part: string;
  href?: string;
}

const address = /https?:\/\/[^\s<>"]+/gi;
const endsSentence = /[.,;:!?'*]/;

/** Without what ends a sentence rather than an address: marks, and brackets that were not opened in it. */
function withoutTrailing(found: string): string {
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found[end - 1] ?? '';
    if (last === ')' ? isOpened(found, end - 1) : !endsSentence.test(last)) break;
  }
  return found.slice(0, end);
}

function isOpened(text: string, closing: number): boolean {
  let at = closing - 1;
  while (at >= 0 && text[at] !== '(' && text[at] !== ')') at -= 1;
  return text[at] === '(';
}

export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(address)) {
    const found = withoutTrailing(match[0]);
    const href = safeHref(found);
    if (href === undefined) continue;
    if (match.index > end) parts.push({ at: end, part: text.slice(end, match.index) });
    parts.push({ at: match.index, part: found, href });
    end = match.index + found.length;
  }
  if (end < text.length) parts.push({ at: end, part: text.slice(end) });
  return parts;
}

function safeHref(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}
