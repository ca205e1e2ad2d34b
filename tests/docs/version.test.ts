import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { root } from './markdown.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const parse = (path: string) => JSON.parse(read(path)) as { version: string }; // safe: both files have one
const { version } = parse('package.json');

it('is the same everywhere', async () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    version: string;
    packages: { '': { version: string } };
  }; // safe: npm wrote it
  expect([lock.version, lock.packages[''].version]).toEqual([version, version]);

  const { url } = await startMirage();
  const response = await fetch(`${url}/openapi.json`);
  expect(await response.json()).toMatchObject({ info: { version } });

  const cli = await promisify(execFile)(process.execPath, [join(root, 'dist/cli/main.js'), '--version']);
  expect(cli.stdout).toBe(`${version}\n`);

  expect(read('docs/package.md')).toContain(`npm install mirage-${version}.tgz`);
});

it('has a changelog in the form of Keep a Changelog, with the newest release first', () => {
  const headings = [...read('CHANGELOG.md').matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
  expect(headings[0]).toBe('[Unreleased]');
  const releases = headings
    .slice(1)
    .map((heading) => /^\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$/.exec(heading));
  expect(releases).not.toContain(null);
  const dates = releases.map((release) => release?.[2]);
  expect(dates).toEqual([...dates].sort().reverse());
  const isReleased = releases.some((release) => release?.[1] === version);
  if (!isReleased) expect(read('CHANGELOG.md')).toContain(`The next release is ${version}.`);

  const changes = [...read('CHANGELOG.md').matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
  const kinds = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
  expect(changes.filter((heading) => !kinds.includes(heading ?? ''))).toEqual([]);
});
