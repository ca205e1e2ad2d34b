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

const fence = /^ {0,3}(`{3,}|~{3,})/;

/** The text without blocks and spans of code, as Markdown has them. */
function withoutCode(text: string): string {
  const plain: string[] = [];
  let opening: string | undefined;
  for (const line of text.split('\n')) {
    const [, marks] = fence.exec(line) ?? [];
    if (opening === undefined) {
      if (marks === undefined) plain.push(line);
      else opening = marks;
    } else if (marks?.startsWith(opening) && line.trim() === marks) opening = undefined;
  }
  return withoutSpans(plain.join('\n'));
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
