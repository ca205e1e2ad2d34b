import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import GithubSlugger from 'github-slugger';
import { marked, type Token, type Tokens } from 'marked';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the repository holds, or will with the next commit, by paths from its root. */
export const files: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard'],
  { cwd: root, encoding: 'utf8' },
)
  .split('\n')
  .filter((path) => path !== '');

export const documents = files.filter((path) => path.endsWith('.md'));

export interface Document {
  /** Where links and pictures lead. */
  links: string[];
  /** What stands between backticks in the text. */
  codes: string[];
  /** What a link behind `#` may name. */
  anchors: Set<string>;
  /** Blocks of code, and the heading they stand under. */
  blocks: { heading: string; language: string; text: string }[];
}

export function readDocument(path: string): Document {
  const slugger = new GithubSlugger();
  const document: Document = { links: [], codes: [], anchors: new Set(), blocks: [] };
  let heading = '';

  function take(token: Token): void {
    if (token.type === 'link' || token.type === 'image') document.links.push(String(token.href));
    if (token.type === 'codespan') document.codes.push(String(token.text));
    if (token.type === 'code') {
      const { lang = '', text } = token as Tokens.Code; // safe: by its type
      document.blocks.push({ heading, language: lang, text });
    }
    if (token.type === 'heading') {
      heading = plainText((token as Tokens.Heading).tokens); // safe: by its type
      document.anchors.add(slugger.slug(heading));
    }
  }

  void marked.walkTokens(marked.lexer(readFileSync(root + path, 'utf8')), take);
  return document;
}

/** As a heading reads without its marks. */
const plainText = (tokens: Token[]): string =>
  tokens
    .map((token) =>
      'tokens' in token && token.tokens ? plainText(token.tokens) : 'text' in token ? token.text : '',
    )
    .join('');
