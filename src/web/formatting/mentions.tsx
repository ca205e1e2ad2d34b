import { createContext, Fragment, useContext } from 'react';

/** Whom a message mentions, as the server found them. */
export interface Mentioned {
  /** Names of users, and `room` for everyone. */
  names: readonly string[];
  /** Whether the reader is one of them. */
  includesReader: boolean;
}

/** Of the message whose text is being shown. */
export const MentionsContext = createContext<Mentioned | undefined>(undefined);

/** A part of a plain text. */
interface Part {
  at: number;
  part: string;
  isMention: boolean;
}

const escapeForPattern = (name: string) => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Cached by the names, because a message with much formatting consists of many texts. */
const patterns = new WeakMap<readonly string[], RegExp>();

function patternOf(names: readonly string[]): RegExp {
  const pattern = patterns.get(names) ?? createPattern(names);
  patterns.set(names, pattern);
  return pattern;
}

function createPattern(names: readonly string[]): RegExp {
  const longestFirst = names.toSorted((a, b) => b.length - a.length);
  const oneOf = (some: string[]) => `(?:${some.map(escapeForPattern).join('|')})`;
  const words = longestFirst.filter((name) => !/\s/.test(name)); // others are mentioned in quotes
  const word = words.length > 0 ? `|${oneOf(words)}(?![\\p{L}\\p{N}_])` : '';
  return new RegExp(`(?<![\\p{L}\\p{N}_@.])@(?:"${oneOf(longestFirst)}"${word})`, 'gu');
}

/** A plain text, divided into the mentions of these names and what is between them. */
export function mentionsIn(text: string, names: readonly string[]): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const { 0: part, index } of text.matchAll(patternOf(names))) {
    if (index > end) parts.push({ at: end, part: text.slice(end, index), isMention: false });
    parts.push({ at: index, part, isMention: true });
    end = index + part.length;
  }
  if (end < text.length) parts.push({ at: end, part: text.slice(end), isMention: false });
  return parts;
}

/** Plain text, in which the names that the message mentions are marked. */
export function WithMentions({ text }: { text: string }) {
  const mentioned = useContext(MentionsContext);
  if (!mentioned || !text.includes('@')) return text;
  return mentionsIn(text, mentioned.names).map(({ at, part, isMention }) =>
    isMention ? (
      <strong key={at} className="mention">
        {part}
      </strong>
    ) : (
      <Fragment key={at}>{part}</Fragment>
    ),
  );
}
