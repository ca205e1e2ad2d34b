import type { MarkedToken, Token, Tokens } from 'marked';
import { lex } from './lexer.ts';
import { linkHref } from './links.ts';

/** A part of a line. A string is shown as it is. */
export type Inline =
  | string
  | { kind: 'strong' | 'em' | 'del'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; href: string; children: Inline[] };

export type Block =
  | { kind: 'text'; children: Inline[] }
  /** `info` is what follows the opening mark, such as a language. */
  | { kind: 'code'; text: string; info: string }
  | { kind: 'quote'; children: Block[] }
  | { kind: 'list'; isOrdered: boolean; items: Item[] };

export interface Item {
  /** In an ordered list, as it was written. */
  number: number;
  children: Block[];
}

const maxCached = 500;
const cache = new Map<string, Block[]>();

/** The formatting of a message. What has none, or none that messages have, is in it as it was written. */
export function parse(text: string): Block[] {
  const blocks = cache.get(text) ?? parseNow(text);
  cache.delete(text);
  cache.set(text, blocks);
  for (const oldest of cache.keys()) {
    if (cache.size <= maxCached) break;
    cache.delete(oldest);
  }
  return blocks;
}

function parseNow(text: string): Block[] {
  try {
    return blocksOf(lex(text));
  } catch {
    return [{ kind: 'text', children: [text] }]; // the message is more important than its formatting
  }
}

function blocksOf(tokens: Token[]): Block[] {
  const blocks: Block[] = [];
  let lines: Inline[] = [];
  const endLines = () => {
    const children = withoutBlankEnds(lines);
    if (children.length > 0) blocks.push({ kind: 'text', children });
    lines = [];
  };
  for (const token of tokens) {
    const block = blockOf(token);
    if (block) {
      endLines();
      blocks.push(block);
    } else lines.push(...linesOf(token));
  }
  endLines();
  return blocks;
}

function blockOf(token: Token): Block | undefined {
  const known = token as MarkedToken; // safe: the tokens of extensions are of other types
  switch (known.type) {
    case 'code':
      if (known.text.trim() === '') return undefined;
      return { kind: 'code', text: known.text.trimEnd(), info: known.lang ?? '' };
    case 'blockquote': {
      const children = blocksOf(known.tokens);
      return children.length === 0 ? undefined : { kind: 'quote', children };
    }
    case 'list':
      return listOf(known);
    default:
      return undefined;
  }
}

const itemNumber = /^ {0,3}(0|[1-9]\d*)[.)]/;

/** Undefined for what is hardly meant as a list: a dash alone, or the number 007. */
function listOf({ ordered: isOrdered, items }: Tokens.List): Block | undefined {
  const numbers = items.map(({ raw }) => Number(itemNumber.exec(raw)?.[1] ?? Number.NaN));
  if (isOrdered && numbers.some(Number.isNaN)) return undefined;
  if (items.every(({ text }) => text.trim() === '')) return undefined;
  return {
    kind: 'list',
    isOrdered,
    items: items.map(({ tokens }, index) => ({ number: numbers[index] ?? 0, children: blocksOf(tokens) })),
  };
}

/** With the line breaks after it. */
function linesOf(token: Token): Inline[] {
  if ((token.type !== 'paragraph' && token.type !== 'text') || !token.tokens) return [token.raw];
  return [...inlinesOf(token.tokens), /\n*$/.exec(token.raw)?.[0] ?? ''];
}

function inlinesOf(tokens: Token[]): Inline[] {
  return joined(tokens.map(inlineOf));
}

function inlineOf(token: Token): Inline {
  const known = token as MarkedToken; // safe: the tokens of extensions are of other types
  switch (known.type) {
    case 'strong':
    case 'em':
    case 'del':
      return { kind: known.type, children: inlinesOf(known.tokens) };
    case 'codespan':
      return { kind: 'code', text: codeOf(known.raw) };
    case 'link':
      return linkOf(known);
    default:
      return known.raw;
  }
}

/** As Marked has it, but with its line breaks. */
function codeOf(raw: string): string {
  const ends = raw.length - raw.replace(/^`+/, '').length;
  const code = raw.slice(ends, -ends);
  return code.trim() !== '' && code.startsWith(' ') && code.endsWith(' ') ? code.slice(1, -1) : code;
}

/** As it was written if it leads to nowhere, has no text, or has a title, which would not be seen. */
function linkOf({ raw, href: written, title, text, tokens }: Tokens.Link): Inline {
  const href = linkHref(written);
  if (href === undefined || title || text.trim() === '' || tokens.length === 0) return raw;
  return { kind: 'link', href, children: inlinesOf(tokens) };
}

/** Texts in a row as one, so that an address in them is found. */
function joined(inlines: Inline[]): Inline[] {
  const result: Inline[] = [];
  for (const inline of inlines) {
    const last = result.at(-1);
    if (typeof inline === 'string' && typeof last === 'string') result[result.length - 1] = last + inline;
    else result.push(inline);
  }
  return result;
}

/** Without the blank lines that separate blocks. */
function withoutBlankEnds(lines: Inline[]): Inline[] {
  const result = joined(lines);
  const [first] = result;
  if (typeof first === 'string') result[0] = first.replace(/^(?:[ \t]*\n)+/, '');
  const last = result.at(-1);
  if (typeof last === 'string') result[result.length - 1] = last.trimEnd();
  return result.filter((inline) => inline !== '');
}
