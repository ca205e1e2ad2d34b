import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/harness.ts';
import { spawnMirage } from '../support/process.ts';

it('sends its spans through an SDK loaded before it, including the last ones', async () => {
  const file = `${await temporaryFolder()}/spans`;
  const sdk = new URL('../support/sdk-to-file.mjs', import.meta.url);
  const mirage = await spawnMirage({ NODE_OPTIONS: `--import ${sdk}`, SPANS_FILE: file });
  expect((await fetch(`${await mirage.url()}/trpc/users.count`)).status).toBe(200);
  mirage.kill('SIGTERM');
  expect(await mirage.ended()).toEqual({ code: 0, stderr: '' });
  expect(readFileSync(file, 'utf8')).toBe('users.count\nGET /trpc/users.count\n');
});
