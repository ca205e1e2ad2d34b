import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { directRouter } from '../../src/server/api/direct/direct-router.ts';
import { temporaryFolder } from '../support/harness.ts';
import { root } from './markdown.ts';

const run = promisify(execFile);

it('documents every export and every procedure', async () => {
  const out = join(await temporaryFolder(), 'reference');
  // Both fail if a docstring is missing or contains a broken link.
  await run(process.execPath, ['scripts/document-procedures.mjs'], { cwd: root });
  await run(process.execPath, ['node_modules/typedoc/bin/typedoc', '--out', out], { cwd: root });

  const page = await readFile(join(root, 'dist/procedures.md'), 'utf8');
  const named = [...page.matchAll(/^### (\S+)$/gm)].map(([, path]) => path);
  expect(named.sort()).toEqual(directRouter.paths().sort());
  for (const entry of ['mirage', 'mirage_chat', 'mirage_client', 'mirage_rest-compat', 'mirage_testing'])
    expect(await readFile(join(out, 'modules', `${entry}.html`), 'utf8')).toContain('<html');
}, 300_000);
