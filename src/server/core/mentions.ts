/** The most mentions of one message. Any more are plain text. */
const maxMentions = 50;

/** In how many places a word such as `@ada.b!` may end, so that a text full of dots costs no more than another. */
const maxEnds = 10;

/** `@room` mentions everyone in the room. */
export const everyone = 'room';

const mention = /(?<![\p{L}\p{N}_@.])@(?:"([^"\n]{1,100})"|(\S{1,100}))/gu;
const wordCharacter = /[\p{L}\p{N}_]/u;

/**
 * Whom a text may mention: for each `@` outside of code the names that it can mean, the longest first. A name in quotes is
 * taken as it is, as it may contain spaces; any other ends before a character that is no letter, digit or underscore.
 */
export function possibleMentions(text: string): string[][] {
  const found: string[][] = [];
  for (const [, quoted, word] of withoutCode(text).matchAll(mention)) {
    if (found.length === maxMentions) break;
    found.push(quoted === undefined ? beginningsOf(word ?? '') : [quoted]);
  }
  return found;
}

function beginningsOf(word: string): string[] {
  const characters = [...word];
  const names: string[] = [];
  for (let length = characters.length; length > 0 && names.length < maxEnds; length -= 1)
    if (!wordCharacter.test(characters[length] ?? '')) names.push(characters.slice(0, length).join(''));
  return names;
}

const quoteLine = /^ {0,3}>/;
const itemLine = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]/;
/** A block of code can begin on the first line of a quote or of an item. */
const openingLine = /^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)]))*[ \t]*(?:(`{3,})[^`]*|(~{3,}).*)$/;
const closingLine = /^[ \t>]*(`{3,}|~{3,})\s*$/;

/**
 * The text without blocks and spans of code, as the web client shows it. Code that is only indented is not recognized, and may
 * mention somebody.
 */
const withoutCode = (text: string): string => paragraphsOf(text).map(withoutSpans).join('\n');

/**
 * The text between blocks of code, blank lines, and the beginnings and ends of quotes and of items in lists, beyond which no
 * span reaches. A block that nothing closes is plain text.
 */
function paragraphsOf(text: string): string[] {
  const lines = text.split('\n');
  const closers = lines.map((line) => closingLine.exec(line)?.[1]);
  const longest = longestFrom(closers);
  const paragraphs: string[] = [];
  let paragraph: string[] = [];
  let container: 'quote' | 'item' | undefined;
  let opening: string | undefined;
  const endParagraph = () => {
    paragraphs.push(paragraph.join('\n'));
    paragraph = [];
  };
  for (const [index, line] of lines.entries()) {
    if (opening !== undefined) {
      if (closers[index]?.startsWith(opening)) opening = undefined;
      continue;
    }
    const before = container;
    const isItem = itemLine.test(line);
    if (quoteLine.test(line)) container = 'quote';
    else if (isItem) container = 'item';
    else if (container === 'quote' || !/^[ \t]/.test(line)) container = undefined;
    if (container !== before || isItem || line.trim() === '') endParagraph();
    const [, backticks, marks = backticks] = (mayOpenBlock(line, container) && openingLine.exec(line)) || [];
    if (marks !== undefined && marks.length <= (longest[index + 1]?.[marks[0] ?? ''] ?? 0)) {
      opening = marks;
      endParagraph();
    } else paragraph.push(line);
  }
  endParagraph();
  return paragraphs;
}

/** Outside of quotes and lists, a line that is indented by four spaces or a tab opens no block. */
const mayOpenBlock = (line: string, container: string | undefined) =>
  container !== undefined || !/^(?: {4}| {0,3}\t)/.test(line);

/** For each line, how long the longest marks of either kind are that close a block there or below. */
function longestFrom(closers: (string | undefined)[]): Record<string, number>[] {
  const found: Record<string, number>[] = [];
  let below: Record<string, number> = {};
  for (const marks of closers.toReversed()) {
    const mark = marks?.[0];
    if (marks !== undefined && mark !== undefined && marks.length > (below[mark] ?? 0))
      below = { ...below, [mark]: marks.length };
    found.push(below);
  }
  return found.reverse();
}

/** A span begins and ends with equally many backticks. Those without a counterpart are plain text. */
function withoutSpans(text: string): string {
  const runs = [...text.matchAll(/`+/g)];
  /** Where runs of a length are, in order. */
  const places = new Map<number, number[]>();
  for (const [place, [marks]] of runs.entries()) {
    const others = places.get(marks.length);
    if (others) others.push(place);
    else places.set(marks.length, [place]);
  }
  for (const others of places.values()) others.reverse();

  const plain: string[] = [];
  let from = 0;
  for (let place = 0; place < runs.length; place += 1) {
    const run = runs[place];
    const others = places.get(run?.[0].length ?? 0) ?? [];
    while ((others.at(-1) ?? Number.POSITIVE_INFINITY) <= place) others.pop();
    const closing = others.at(-1);
    if (!run || closing === undefined) continue;
    plain.push(text.slice(from, run.index));
    from = (runs[closing]?.index ?? 0) + run[0].length;
    place = closing;
  }
  return [...plain, text.slice(from)].join(' ');
}
