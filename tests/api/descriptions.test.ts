import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { appRouter } from '../../src/server/api/app-router.ts';
import { definitionOf } from '../../src/server/api/direct/internals.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('describes every procedure to the tools of tRPC as its docstring does', () => {
  const program = `import('./scripts/describe-procedures.mjs').then(
    ({ readDescriptions }) => console.log(JSON.stringify(readDescriptions())))`;
  const docstrings: unknown = JSON.parse(
    execFileSync(process.execPath, ['-e', program], { cwd: root, encoding: 'utf8' }),
  );
  const shown = Object.entries(definitionOf(appRouter).procedures).map(([path, { _def, meta }]) => {
    expect(meta, path).toBe(_def.meta);
    return [path, (_def.meta as { description?: string } | undefined)?.description];
  });
  expect(Object.fromEntries(shown), 'after changing a docstring: npm run describe').toEqual(docstrings);
});
