import { readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { emptyFolder } from '../support/packed.ts';
import { typeCheck } from '../support/type-check.ts';

// A test waits for several compilers.
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

it.each([true, false])('is the server’s API, where exactOptionalPropertyTypes is %s', async (exact) => {
  const { output, passed } = await compare(flatFile, { exactOptionalPropertyTypes: exact });
  expect({ output, passed }).toEqual({ output: '', passed: true });
});

/** Without these, the test above would prove nothing. */
it.each([
  ['read: boolean', 'read: string', 'inbox.listMessages'],
  ['expiresInMs: number', 'expiresInMs?: number', 'auth.createTicket'],
  ['readonly text', 'text', 'chat.sendMessage'],
  ['setTyping: Mutation', 'setTyping: Query', 'chat.setTyping'],
  ['device?: string | undefined', 'device?: number | undefined', 'auth.login'],
  ['    leaveRoom:', '    quitRoom:', 'chat.leaveRoom'],
  ['"USERNAME_TAKEN" | ', '', 'Reason'],
  ['httpStatus: number', 'httpStatus: string', 'errors'],
])('would not pass with %j changed to %j', async (right, wrong, named) => {
  const text = readFileSync(flatFile, 'utf8');
  expect(text).toContain(right);
  const folder = await emptyFolder();
  await symlink(`${root}node_modules`, join(folder, 'node_modules'));
  await writeFile(join(folder, 'api.d.ts'), text.replace(right, wrong));
  const { output, passed } = await compare(join(folder, 'api.d.ts'));
  expect(passed).toBe(false);
  expect(output).toContain(`"${named}"`);
});

it('keeps the comments of the procedures, for editors', () => {
  const text = readFileSync(flatFile, 'utf8');
  expect(text).toMatch(/\n {4}\/\*\* Ends this session alone\./);
  expect(text).toMatch(/\n {4}\/\*\*\n {5}\* Messages sent and received\.[^/]*\n {5}\*\/\n {4}onMessage: /);
});
