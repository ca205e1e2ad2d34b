import { readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { emptyFolder } from '../support/packed.ts';
import { typeCheck } from '../support/type-check.ts';

// Each test runs a compiler.
vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const flatFile = `${root}dist/client/api.d.ts`;

/** Compares the flat declaration in a file with the types of the server's sources, procedure by procedure. */
const compare = (file: string, options: object = {}) =>
  typeCheck({
    extends: `${root}tsconfig.json`,
    compilerOptions: {
      typeRoots: [`${root}node_modules/@types`],
      paths: { 'flat-api': [file] },
      ...options,
    },
    include: [],
    files: [`${root}tests/package/consumers/same-api.ts`],
  });

it.each([true, false])('equals the API of the server with exactOptionalPropertyTypes %s', async (exact) => {
  const { output, passed } = await compare(flatFile, { exactOptionalPropertyTypes: exact });
  expect({ output, passed }).toEqual({ output: '', passed: true });
});

/** Proves that the comparison above can fail. */
it.each([
  ['read: boolean', 'read: string', 'inbox.editMessage'],
  ['ticket: string; expiresInMs: number', 'ticket: string; expiresInMs?: number', 'auth.createTicket'],
  ['roomId: number; username', 'roomId: string; username', 'chat.editMessage'],
  ['setTyping: Mutation', 'setTyping: Query', 'inbox.setTyping'],
  ['device?: string | undefined', 'device?: number | undefined', 'auth.login'],
  ['    leaveRoom:', '    quitRoom:', 'chat.leaveRoom'],
  ['"USERNAME_TAKEN" | ', '', 'Reason'],
  ['httpStatus: number', 'httpStatus: string', 'errors'],
])('fails with %j changed to %j', async (right, wrong, named) => {
  const text = readFileSync(flatFile, 'utf8');
  expect(text).toContain(right);
  const folder = await emptyFolder();
  await symlink(`${root}node_modules`, join(folder, 'node_modules'));
  await symlink(`${root}dist/client/trpc`, join(folder, 'trpc'));
  await writeFile(join(folder, 'api.d.ts'), text.replace(right, wrong));
  const { output, passed } = await compare(join(folder, 'api.d.ts'));
  expect(passed).toBe(false);
  expect(output).toContain(`"${named}"`);
});

it('keeps the docstrings of the procedures, for editors', () => {
  const text = readFileSync(flatFile, 'utf8');
  expect(text).toMatch(/\n {4}\/\*\* Ends only this session\./);
  expect(text).toMatch(
    /\n {4}\/\*\*\n {5}\* Everything that happens in the caller's inbox\.[^/]*\n {5}\*\/\n {4}onMessage: /,
  );
});
