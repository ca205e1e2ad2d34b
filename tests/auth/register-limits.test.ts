import { describe, expect, it } from 'vitest';
import type { Inputs } from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

type Fields = Inputs['auth']['register'];

const longest = 16_384;
const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join(' \n\t ');

async function startRegistration() {
  const { client } = await startMirage();
  const register = (fields: Partial<Fields>) =>
    client().auth.register.mutate({ username: 'alice', email: 'a@x', password: 'a secret one', ...fields });
  return { register, count: () => client().users.count.query() };
}

const accepted: [what: string, fields: Partial<Fields>][] = [
  ['a user name of 1 character', { username: 'a' }],
  ['a user name of 100 characters', { username: 'a'.repeat(100) }],
  ['a user name of 100 characters with white space around it', { username: `   ${'a'.repeat(100)}   ` }],
  ['an e-mail address without any form', { email: 'not an address' }],
  ['an e-mail address of 16384 characters', { email: 'e'.repeat(longest) }],
  ['a password of 8 characters', { password: ' 1 2 3 4' }],
  ['a password of 8 characters outside the BMP', { password: '𠮷😀𠮷😀𠮷😀𠮷😀' }],
  ['a password of 16384 characters', { password: 'p'.repeat(longest) }],
  ['an avatar of 2048 characters', { avatarUrl: `https://x/${'a'.repeat(2038)}` }],
  ['an avatar at an http URL', { avatarUrl: 'HTTP://img.example/ä.png?size=1#top' }],
  ['a description of 16384 characters', { description: 'd'.repeat(longest) }],
  ['a description of 500 words', { description: words(500) }],
  ['a description of 500 words with white space around it', { description: `  ${words(500)}\n` }],
  ['whole surrogate pairs', { username: '𠮷', description: '😀' }],
];

it.each(accepted)('accepts %s', async (_, fields) => {
  const { register, count } = await startRegistration();
  await register(fields);
  expect(await count()).toBe(1);
});

const refused: [what: string, fields: Partial<Fields>][] = [
  ['an empty user name', { username: '' }],
  ['a blank user name', { username: ' \n ' }],
  ['a user name of 101 characters', { username: 'a'.repeat(101) }],
  ['an empty e-mail address', { email: '' }],
  ['a blank e-mail address', { email: '  ' }],
  ['an e-mail address of 16385 characters', { email: 'e'.repeat(longest + 1) }],
  ['an empty password', { password: '' }],
  ['a password of 16385 characters', { password: 'p'.repeat(longest + 1) }],
  ['an avatar of 2049 characters', { avatarUrl: `https://x/${'a'.repeat(2039)}` }],
  ['an avatar without a scheme', { avatarUrl: 'img.example/a.png' }],
  ['an avatar that is data', { avatarUrl: 'data:image/png;base64,AAAA' }],
  ['an avatar that is a script', { avatarUrl: 'javascript:alert(1)//https://x/' }],
  ['an avatar without a host', { avatarUrl: 'https://' }],
  ['an avatar with a control character', { avatarUrl: 'https://x/\u0001' }],
  ['an avatar with white space in it', { avatarUrl: 'https://x/a b' }],
  ['a description of 16385 characters', { description: 'd'.repeat(longest + 1) }],
];

it.each(refused)('refuses %s', async (_, fields) => {
  const { register, count } = await startRegistration();
  await expect(register(fields)).rejects.toMatchObject(refusal('INVALID_INPUT'));
  expect(await count()).toBe(0);
});

it('refuses a description of 501 words with a specific reason', async () => {
  const { register, count } = await startRegistration();
  await expect(register({ description: words(501) })).rejects.toMatchObject(refusal('DESCRIPTION_TOO_LONG'));
  expect(await count()).toBe(0);
});

const notStorable: [what: string, text: string][] = [
  ['U+0000', 'a\0b'],
  ['the first half of a surrogate pair', 'a\ud83d'],
  ['the second half of a surrogate pair', '\ude00a'],
];

describe.each(notStorable)('text that contains %s', (_, text) => {
  it.each(['username', 'email', 'password', 'avatarUrl', 'description'])(
    'is refused as %s',
    async (field) => {
      const { register, count } = await startRegistration();

      await expect(register({ [field]: text })).rejects.toMatchObject({
        data: { reason: 'INVALID_INPUT', issues: [{ path: field }] },
      });

      expect(await count()).toBe(0);
    },
  );
});

it.each(['username', 'email', 'password'])('refuses fields without %s', async (field) => {
  const { register } = await startRegistration();
  await expect(register({ [field]: undefined })).rejects.toMatchObject(refusal('INVALID_INPUT'));
});
