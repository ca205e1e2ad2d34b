import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emptyFolder } from '../support/packed.ts';
import { typeCheck } from '../support/type-check.ts';
import { blockUnder, root } from './markdown.ts';

/** The entries of the client and of tests, as their sources. */
const paths = Object.fromEntries(
  ['chat', 'react', 'idb', 'client', 'testing'].map((entry) => [
    `mirage/${entry}`,
    [join(root, 'src', entry === 'testing' || entry === 'client' ? '' : 'client', entry, 'index.ts')],
  ]),
);

it.each(['docs/front-end.md', 'docs/recipes.md'])(
  '%s shows programs that type-check',
  async (document) => {
    const text = readFileSync(join(root, document), 'utf8');
    const examples = [...text.matchAll(/```(tsx?)\n(.*?)```/gs)].map(([, kind = '', code = '']) => ({
      kind,
      code,
    }));
    expect(examples.length).toBeGreaterThan(4);
    const folder = await emptyFolder();
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await mkdir(join(folder, 'examples'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const files = await Promise.all(
      examples.map(async ({ kind, code }, index) => {
        // One imports another one by this name.
        const name = code.includes('export const storage') ? 'storage' : `example-${index}`;
        const file = join(folder, 'examples', `${name}.${kind}`);
        await writeFile(file, code);
        return file;
      }),
    );
    const compilerOptions = {
      paths,
      typeRoots: [join(root, 'node_modules/@types')],
      types: ['node', 'react'],
    };
    const checked = await typeCheck({ extends: join(root, 'tsconfig.json'), compilerOptions, files });
    expect(checked).toMatchObject({ output: '', passed: true });
  },
  120_000,
);

it('docs/tutorial.md has a program of at most 35 lines besides its imports, which type-checks as it says', async () => {
  const program = blockUnder('docs/tutorial.md', 'The program', 'tsx');
  const lines = program.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('import '));
  expect(lines.length).toBeLessThanOrEqual(35);
  const folder = await emptyFolder();
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'main.tsx'), program);
  await writeFile(join(folder, 'tsconfig.json'), blockUnder('docs/tutorial.md', 'A page', 'json'));
  // As packed: its compiler options are those of a reader, not ours.
  const built = Object.fromEntries(
    ['chat', 'react', 'idb', 'client'].map((entry) => [
      `mirage/${entry}`,
      [join(root, 'dist/client', entry === 'client' ? '' : entry, 'index.d.ts')],
    ]),
  );
  const checked = await typeCheck({
    extends: join(folder, 'tsconfig.json'),
    compilerOptions: {
      paths: built,
      skipLibCheck: true,
      typeRoots: [join(root, 'node_modules/@types')],
      types: ['react', 'react-dom'],
    },
    files: [join(folder, 'main.tsx')],
    include: [],
  });
  expect(checked).toMatchObject({ output: '', passed: true });
}, 120_000);
