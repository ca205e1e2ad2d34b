import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

const fields = { username: 'ada.lovelace', email: 'ada@lovelace.example' };

const weak: [what: string, password: string][] = [
  ['seven characters', 'x7 q!zä'],
  ['seven characters outside the BMP', '𠮷😀𠮷😀𠮷😀𠮷'],
  ['a common one', 'football'],
  ['a common one in capitals', 'PassWord1'],
  ['the name', 'ada.lovelace'],
  ['the name in capitals', 'Ada.Lovelace'],
  ['the address', 'ada@lovelace.example'],
];

it.each(weak)('refuses %s as a new password', async (_, password) => {
  const { client, user } = await startMirage();
  await expect(client().auth.register.mutate({ ...fields, password })).rejects.toMatchObject({
    data: { reason: 'WEAK_PASSWORD', httpStatus: 400 },
  });
  expect(await client().users.count.query()).toBe(0);
  const ada = await user(fields.username);
  await expect(
    ada.client.auth.changePassword.mutate({
      newPassword: password === fields.email ? `${fields.username}@example.com` : password,
    }),
  ).rejects.toMatchObject(refusal('WEAK_PASSWORD'));
  await client().auth.login.mutate({ username: fields.username, password: ada.password });
});

it.each([
  '8 digits',
  'four words that are long',
  'ada.lovelace of london',
  'as long as anybody wants, '.repeat(10),
])('takes %s', async (password) => {
  const { client } = await startMirage();
  await client().auth.register.mutate({ ...fields, password });
  await client().auth.login.mutate({ username: fields.username, password });
});

it('leaves the passwords that users have', async () => {
  const { client, user } = await startMirage();
  await user('ada', 'x');
  await client().auth.login.mutate({ username: 'ada', password: 'x' });
});

it('asks for the current password first', async () => {
  const { user } = await startMirage();
  const { client } = await user('ada');
  await expect(
    client.auth.changePassword.mutate({ currentPassword: 'a guess', newPassword: 'x' }),
  ).rejects.toMatchObject(refusal('WRONG_PASSWORD'));
});

it.each([
  ['legacy', 201, 200],
  ['everywhere', 400, 400],
] as const)(
  'in the legacy API they are as PASSWORD_RULES=%s says',
  async (passwordRules, registered, changed) => {
    const { rest, user } = await startMirage({ passwordRules });
    const [status, body] = await rest('POST', '/api/register', { ...fields, password: 'x' });
    expect(status).toBe(registered);
    if (registered === 400) expect(body).toEqual({ error: expect.stringContaining('at least 8 characters') });
    const { token } = await user('bob');
    expect((await rest('POST', '/api/user/settings', { token, password: 'x' }))[0]).toBe(changed);
  },
);
