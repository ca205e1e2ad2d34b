import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verify } from '@node-rs/argon2';
import { expect, it } from 'vitest';
import { dummyHash } from '../../src/server/services/shared/passwords.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { startMirage } from '../support/harness.ts';

/** The cost that OWASP asks for at least, in the order of a stored hash. */
const argon2id = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;

it('stores a token as its SHA-256', async () => {
  const mirage = await startMirage();
  const { token } = await mirage.user('alice');

  const hashes = openDatabaseFile(mirage).prepare('SELECT token_hash FROM sessions').pluck().all();

  expect(hashes).toEqual([createHash('sha256').update(token).digest('hex')]);
});

it('stores passwords of users and rooms as argon2id, each with its own salt', async () => {
  const mirage = await startMirage();
  const { client: alice } = await mirage.user('alice');
  await alice.auth.changePassword.mutate({ newPassword: 'the same for all' });
  const { client: bob } = await mirage.user('bob', 'another');
  await bob.auth.changePassword.mutate({ newPassword: 'the same for all' });
  await alice.chat.createRoom.mutate({ name: 'cellar', password: 'the same for all' });

  const hashes = openDatabaseFile(mirage)
    .prepare<[], string>('SELECT password FROM users UNION ALL SELECT password_hash FROM rooms')
    .pluck()
    .all();

  expect(new Set(hashes).size).toBe(3);
  for (const hash of hashes) {
    expect(hash).toMatch(argon2id);
    expect(await verify(hash, 'the same for all')).toBe(true);
  }
});

it('writes no token and no password to any other file', async () => {
  const mirage = await startMirage();
  const { token, client: alice } = await mirage.user('alice', 'sesame-of-alice');
  await alice.auth.changePassword.mutate({ newPassword: 'sesame-of-later' });
  await alice.chat.createRoom.mutate({ name: 'cellar', password: 'sesame-of-cellar' });
  await mirage.close();

  const entries = await readdir(mirage.folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

  expect(files).toContain(join(mirage.folder, 'mirage.db'));
  for (const file of files) {
    const bytes = await readFile(file, 'latin1');
    expect(bytes.includes('sesame-of-'), file).toBe(false);
    expect(bytes.includes(token), file).toBe(false);
  }
});

it('verifies against a dummy hash of the same cost for an unknown user', async () => {
  expect(dummyHash).toMatch(argon2id);
});
