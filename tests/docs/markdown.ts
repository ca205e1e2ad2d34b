import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import GithubSlugger from 'github-slugger';
import { marked, type Token, type Tokens } from 'marked';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Files that are committed or would be with the next `git add`, as paths from the root. */
export const files: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard'],
  { cwd: root, encoding: 'utf8' },
)
  .split('\n')
  .filter((path) => path !== '');

export const documents = files.filter((path) => path.endsWith('.md'));

export interface Table {
  /** The nearest heading above the table. */
  heading: string;
  /** The Markdown text of the cells. */
  header: string[];
  rows: string[][];
}

export interface Document {
  /** Targets of links and images. */
  links: string[];
  /** Inline code. */
  codes: string[];
  /** What a link may name after `#`. */
  anchors: Set<string>;
  /** Code blocks, with the nearest heading above each. */
  blocks: { heading: string; language: string; text: string }[];
  tables: Table[];
}

export function readDocument(path: string): Document {
  const slugger = new GithubSlugger();
  const document: Document = { links: [], codes: [], anchors: new Set(), blocks: [], tables: [] };
  let heading = '';

  function collect(token: Token): void {
    if (token.type === 'link' || token.type === 'image') document.links.push(String(token.href));
    if (token.type === 'codespan') document.codes.push(String(token.text));
    if (token.type === 'code') {
      const { lang = '', text } = token as Tokens.Code; // safe: by its type
      document.blocks.push({ heading, language: lang, text });
    }
    if (token.type === 'table') {
      const { header, rows } = token as Tokens.Table; // safe: by its type
      const textOf = (cells: Tokens.TableCell[]) => cells.map(({ text }) => text);
      document.tables.push({ heading, header: textOf(header), rows: rows.map(textOf) });
    }
    if (token.type === 'heading') {
      heading = plainText((token as Tokens.Heading).tokens); // safe: by its type
      document.anchors.add(slugger.slug(heading));
    }
  }

  void marked.walkTokens(marked.lexer(readFileSync(root + path, 'utf8')), collect);
  return document;
}

/** The first table below a heading. */
export function tableUnder(path: string, heading: string): Table {
  const found = readDocument(path).tables.find((table) => table.heading === heading);
  if (!found) throw new Error(`${path} has no table under “${heading}”`);
  return found;
}

/** The first code block of a language below a heading. */
export function blockUnder(path: string, heading: string, language: string): string {
  const { blocks } = readDocument(path);
  const found = blocks.find((block) => block.heading === heading && block.language === language);
  if (!found) throw new Error(`${path} has no ${language} block under “${heading}”`);
  return found.text;
}

/** The pieces of inline code in a cell. */
export const inCode = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** A heading without its Markdown. */
const plainText = (tokens: Token[]): string =>
  tokens
    .map((token) =>
      'tokens' in token && token.tokens ? plainText(token.tokens) : 'text' in token ? token.text : '',
    )
    .join('');
