import { Lexer, type Token, Tokenizer, type Tokens } from 'marked';
import { addressAt } from './links.ts';

/** How deep quotes, lists and marks are nested. What is deeper stays text. */
const maxDepth = 8;

const quoteLines = /^(?: {0,3}>[^\n]*(?:\n|$))+/;
const listLines = /^(?: {0,3}(?:[*+-]|\d{1,9}[.)])(?:[ \t][^\n]*)?(?:\n|$)(?:[ \t]+[^\n]*(?:\n|$)|\n)*)+/;
/** Takes Marked long, and is no list that anybody writes. */
const manyBullets = /^(?:[ \t]*(?:[*+>-]|\d{1,9}[.)])[ \t]+){50}/m;
const textUpToMark = /^(?:`+|~+|[^`~])[^\\<![`*~_]*?(?=[\\<![`*~_]|https?:\/\/|$)/i;
const closedFence = /\n {0,3}(?:`{3,}|~{3,}) *$/;

/** Recognizes the formatting of messages alone. What it does not take remains text. */
class MessageTokenizer extends Tokenizer {
  #depth = 0;

  #nested<T>(tokenize: () => T): T | undefined {
    if (this.#depth === maxDepth) return undefined;
    this.#depth += 1;
    try {
      return tokenize();
    } finally {
      this.#depth -= 1;
    }
  }

  override heading(): undefined {}
  override lheading(): undefined {}
  override html(): undefined {}
  override def(): undefined {}
  override table(): undefined {}

  /** In Markdown a block without an end reaches to the end of the text. */
  override fences(src: string): Tokens.Code | undefined {
    const code = super.fences(src);
    return code && closedFence.test(code.raw) ? code : undefined;
  }

  /** In Markdown the line after a quote or a list belongs to it, even without a mark. In a chat it is the answer. */
  override blockquote(src: string): Tokens.Blockquote | undefined {
    const lines = quoteLines.exec(src)?.[0];
    return lines === undefined ? undefined : this.#nested(() => super.blockquote(lines));
  }

  override list(src: string): Tokens.List | undefined {
    const lines = listLines.exec(src)?.[0];
    if (lines === undefined || manyBullets.test(lines)) return undefined;
    return this.#nested(() => super.list(lines));
  }

  override emStrong(...args: Parameters<Tokenizer['emStrong']>) {
    return this.#nested(() => super.emStrong(...args));
  }

  override del(...args: Parameters<Tokenizer['del']>) {
    return this.#nested(() => super.del(...args));
  }

  override link(src: string) {
    return this.#nested(() => super.link(src));
  }

  /** An HTML tag is text, and changes nothing about what follows it. */
  override tag(src: string): Tokens.Tag | undefined {
    const { inLink, inRawBlock } = this.lexer.state;
    const token = super.tag(src);
    Object.assign(this.lexer.state, { inLink, inRawBlock });
    return token;
  }

  /** Marked would also look for mail addresses, which takes long in some texts. */
  override inlineText(src: string): Tokens.Text | undefined {
    const raw = textUpToMark.exec(src)?.[0];
    return raw === undefined ? undefined : { type: 'text', raw, text: raw, escaped: false };
  }

  /** Keeps the marks in an address from formatting it. It becomes a link where the text is shown. */
  override url(src: string): Tokens.Link | undefined {
    const raw = addressAt(src);
    return raw === undefined ? undefined : { type: 'link', raw, href: raw, text: raw, tokens: [] };
  }
}

/** Marked compares each mark with the text around it: how many marks times characters it may look at in a text. */
const maxWork = 1_000_000;
const marks = /[\\<![`*~_]/g;

class MessageLexer extends Lexer {
  #work = 0;

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    this.#work += (src.match(marks)?.length ?? 0) * src.length;
    if (this.#work <= maxWork) return super.inlineTokens(src, tokens);
    tokens.push({ type: 'text', raw: src, text: src });
    return tokens;
  }
}

/** It compares the lines that begin with a mark, too. */
const maxMarkedLines = 500;
const markedLine = /^[ \t]*(?:[*+>|-]|\d+[.)]|```|~~~)/gm;

export function lex(text: string): Token[] {
  if ((text.match(markedLine)?.length ?? 0) > maxMarkedLines) return [{ type: 'text', raw: text, text }];
  return new MessageLexer({ gfm: true, tokenizer: new MessageTokenizer() }).lex(text);
}
