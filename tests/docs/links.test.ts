import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { documents, files, readDocument, root } from './markdown.ts';

/** Build output and users' data, which are not in the repository. */
const notCommitted = /^(dist|data|node_modules)\//;

/** A path from the root in inline code, without placeholders. */
const repositoryPath = /^(src|tests|docs|bench|scripts|deploy|prisma|examples)\/[\w./-]+$/;

function problemOf(document: string, link: string): string | undefined {
  if (/^https?:/.test(link)) return URL.canParse(link) ? undefined : 'is not a URL';
  if (/^mailto:/.test(link)) return undefined;
  const [path = '', anchor] = decodeURI(link).split('#');
  const target = path === '' ? document : normalize(join(dirname(document), path));
  if (target.startsWith('..')) return 'is outside the repository';
  if (!existsSync(root + target)) return 'does not exist';
  const isThere = files.some((file) => file === target || file.startsWith(`${target.replace(/\/$/, '')}/`));
  if (!isThere) return 'is not committed';
  if (anchor === undefined) return undefined;
  if (!target.endsWith('.md') || statSync(root + target).isDirectory()) return 'has no headings';
  return readDocument(target).anchors.has(anchor) ? undefined : 'has no such heading';
}

it.each(documents)('%s has no broken link or path', (document) => {
  const { links, codes } = readDocument(document);
  const broken = links.flatMap((link) => {
    const problem = problemOf(document, link);
    return problem === undefined ? [] : [`${link} ${problem}`];
  });
  expect(broken).toEqual([]);
  const named = codes.filter((code) => repositoryPath.test(code) && !notCommitted.test(code));
  const isThere = (path: string) => [path, `${path}.test.ts`].some((each) => existsSync(join(root, each)));
  expect(named.filter((path) => !isThere(path))).toEqual([]);
});

it('recognizes broken links', () => {
  expect(problemOf('README.md', 'docs/no-such-file.md')).toBe('does not exist');
  expect(problemOf('README.md', '#no-such-heading')).toBe('has no such heading');
  expect(problemOf('docs/scaling.md', '../../elsewhere.md')).toBe('is outside the repository');
  expect(problemOf('README.md', 'node_modules/zod/README.md')).toBe('is not committed');
  expect(problemOf('README.md', '#start')).toBeUndefined();
});

it('numbers the decisions without a gap, in file name and heading', () => {
  const decisions = documents.filter((path) => path.startsWith('docs/decisions/')).sort();
  const numbers = decisions.map((path) => /\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]);
  for (const [index, path] of decisions.entries())
    expect(readFileSync(join(root, path), 'utf8')).toMatch(new RegExp(`^# ${index + 1}\\. `));
  expect(numbers).toEqual(decisions.map((_, index) => String(index + 1).padStart(4, '0')));
});
