/** A text with the places that were found in it, in UTF-16 units. */
interface Found {
  message: { text: string };
  ranges: readonly (readonly [number, number])[];
}

/** The text around the first place that was found, with all places marked. */
export const Excerpt = ({ hit }: { hit: Found }) => (
  <bdi>
    {excerptOf(hit).map(({ start, text, isFound }) =>
      isFound ? <mark key={start}>{text}</mark> : <span key={start}>{text}</span>,
    )}
  </bdi>
);

/** A piece of a text; `start` tells pieces apart. */
interface Piece {
  start: number;
  text: string;
  isFound: boolean;
}

/** How much of a text is shown before the first place that was found, and in all. */
const leadLength = 32;
const maxLength = 160;

function excerptOf({ message: { text }, ranges }: Found): Piece[] {
  const first = ranges[0]?.[0] ?? 0;
  const start = first > leadLength ? wordAfter(text, first - leadLength, first) : 0;
  const end = boundary(text, Math.min(text.length, start + maxLength));
  const pieces: Piece[] = [];
  let at = start;
  const add = (to: number, isFound: boolean) => {
    if (to > at) pieces.push({ start: at, text: text.slice(at, to), isFound });
    at = Math.max(at, to);
  };
  for (const [from, to] of ranges) {
    add(Math.min(from, end), false);
    add(Math.min(to, end), true);
  }
  add(end, false);
  if (start > 0) pieces.unshift({ start: -1, text: '…', isFound: false });
  if (end < text.length) pieces.push({ start: end, text: '…', isFound: false });
  return pieces;
}

/** The beginning of a word between two places; the first place, if there is none. */
function wordAfter(text: string, from: number, to: number): number {
  const space = /\s/u.exec(text.slice(from, to));
  return space ? from + space.index + 1 : boundary(text, from);
}

/** Not in the middle of a character. */
function boundary(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
