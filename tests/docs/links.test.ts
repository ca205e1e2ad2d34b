import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { documents, files, readDocument, root } from './markdown.ts';

/** What is made by a build, and what a user's own folder has. */
const notHere = /^(dist|data|node_modules)\//;

/** Paths from the root, as texts name them: with a folder of ours before them, and no holes in them. */
const ours = /^(src|tests|docs|bench|scripts|deploy|prisma|examples)\/[\w./-]+$/;

function problemOf(document: string, link: string): string | undefined {
  if (/^https?:/.test(link)) return URL.canParse(link) ? undefined : 'is no URL';
  if (/^mailto:/.test(link)) return undefined;
  const [path = '', anchor] = decodeURI(link).split('#');
  const target = path === '' ? document : normalize(join(dirname(document), path));
  if (target.startsWith('..')) return 'leads out of the repository';
  if (!existsSync(root + target)) return 'leads nowhere';
  const isThere = files.some((file) => file === target || file.startsWith(`${target.replace(/\/$/, '')}/`));
  if (!isThere) return 'leads to what is not in the repository';
  if (anchor === undefined) return undefined;
  if (!target.endsWith('.md') || statSync(root + target).isDirectory())
    return 'names a heading of what has none';
  return readDocument(target).anchors.has(anchor) ? undefined : 'names a heading that is not there';
}

it.each(documents)('%s leads only to what is there', (document) => {
  const { links, codes } = readDocument(document);
  const broken = links.flatMap((link) => {
    const problem = problemOf(document, link);
    return problem === undefined ? [] : [`${link} ${problem}`];
  });
  expect(broken).toEqual([]);
  const named = codes.filter((code) => ours.test(code) && !notHere.test(code));
  const isThere = (path: string) => [path, `${path}.test.ts`].some((each) => existsSync(join(root, each)));
  expect(named.filter((path) => !isThere(path))).toEqual([]);
});

it('finds what is broken', () => {
  expect(problemOf('README.md', 'docs/no-such-file.md')).toBe('leads nowhere');
  expect(problemOf('README.md', '#no-such-heading')).toBe('names a heading that is not there');
  expect(problemOf('docs/scaling.md', '../../elsewhere.md')).toBe('leads out of the repository');
  expect(problemOf('README.md', 'node_modules/zod/README.md')).toBe('leads to what is not in the repository');
  expect(problemOf('README.md', '#start')).toBeUndefined();
});

it('has decisions numbered without a gap, each under the heading of its file', () => {
  const decisions = documents.filter((path) => path.startsWith('docs/decisions/')).sort();
  const numbers = decisions.map((path) => /\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]);
  expect(numbers).toEqual(decisions.map((_, index) => String(index + 1).padStart(4, '0')));
});
