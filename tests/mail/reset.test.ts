import { describe, expect, it } from 'vitest';
import { createResetLink } from '../../src/server/services/accounts/password-reset.ts';
import { createLink } from '../../src/server/services/mail/links.ts';
import { addressColumns } from '../../src/server/services/shared/mailboxes.ts';
import { startMirage } from '../support/harness.ts';
import { publicUrl, startWithMail, tokenIn } from '../support/mail.ts';
import { refusal, tally } from '../support/refusal.ts';
import { countStatements } from '../support/statements.ts';

const hourMs = 3_600_000;
const newPassword = 'a new password';

async function startWithAda(...settings: Parameters<typeof startWithMail>) {
  const mirage = await startWithMail(...settings);
  const ada = await mirage.user('ada');
  const ask = (email = 'ada@example.com') => mirage.client().auth.requestPasswordReset.mutate({ email });
  const reset = (token: string, password = newPassword) =>
    mirage.client().auth.resetPassword.mutate({ token, newPassword: password });
  const nextToken = async () => tokenIn(await mirage.post.next(), 'reset');
  const logIn = (password: string) => mirage.client().auth.login.mutate({ username: 'ada', password });
  return { ...mirage, ada, ask, reset, nextToken, logIn };
}

it('sets a new password by a mailed link, ends all sessions, and tells it by mail', async () => {
  const { ada, bob, ask, reset, nextToken, logIn, post, deps } = await startWithAda().then(
    async (mirage) => ({ ...mirage, bob: await mirage.user('bob') }),
  );
  await ask();
  const token = await nextToken();
  await ada.client.auth.me.query(); // asking changes nothing
  await logIn(ada.password);

  expect(await reset(token)).toEqual({ username: 'ada' });
  await expect(ada.client.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
  expect(await deps.db.session.count({ where: { username: 'ada' } })).toBe(0);
  await bob.client.auth.me.query();
  await expect(logIn(ada.password)).rejects.toMatchObject(refusal('INVALID_CREDENTIALS'));
  await logIn(newPassword);
  expect(await post.next()).toMatchObject({
    to: ['ada@example.com'],
    text: expect.stringContaining('has been changed'),
  });
});

it('takes a link once, also of many at the same time, and within an hour', async () => {
  const { ask, reset, nextToken, clock } = await startWithAda();
  await ask();
  await ask();
  const [first, second] = [await nextToken(), await nextToken()];
  const tries = Array.from({ length: 5 }, (_, index) => reset(first, `password number ${index}`));
  expect(await tally(tries)).toEqual({ ok: 1, LINK_EXPIRED: 4 });
  // The others end with it.
  await expect(reset(second)).rejects.toMatchObject(refusal('LINK_EXPIRED'));
  await ask();
  const third = await nextToken().catch(nextToken); // after the mail that tells of the change
  clock.advance(hourMs);
  await expect(reset(third)).rejects.toMatchObject(refusal('LINK_EXPIRED'));
});

it('refuses a weak password and keeps the link', async () => {
  const { ask, reset, nextToken } = await startWithAda();
  await ask();
  const token = await nextToken();
  for (const weak of ['short', 'football', 'ada@example.com'])
    await expect(reset(token, weak)).rejects.toMatchObject(refusal('WEAK_PASSWORD'));
  expect(await reset(token)).toEqual({ username: 'ada' });
});

it('ends links when the password or the address changes', async () => {
  const { ada, ask, reset, nextToken, client, post } = await startWithAda();
  await ask();
  const before = await nextToken();
  await ada.client.auth.changePassword.mutate({ newPassword: 'changed by hand' });
  await post.next();
  await expect(reset(before)).rejects.toMatchObject(refusal('LINK_EXPIRED'));
  await ask();
  const toOldAddress = await nextToken();
  await ada.client.users.updateProfile.mutate({ email: 'new@example.com' });
  await client().auth.verifyEmail.mutate({ token: tokenIn(await post.next(), 'verify') });
  await expect(reset(toOldAddress)).rejects.toMatchObject(refusal('LINK_EXPIRED'));
});

describe('asking for a link', () => {
  // Statements are counted on SQLite alone.
  it.skipIf(process.env.TEST_ON === 'services')(
    'is the same work for an address that nobody has, and mails nothing there',
    async () => {
      const { ask, deps, post } = await startWithAda();
      // Nothing is sent meanwhile, so that all statements are those of the calls.
      await deps.mailer?.idle();
      const mailer = deps.mailer;
      Object.assign(deps, { mailer: { wake() {}, idle: async () => {} } });
      await ask('warm@up.example');
      const statements = countStatements(/\b(mails|users|link_tokens)\b/);
      const cost = async (email: string) => {
        const before = statements();
        expect(await ask(email)).toBeUndefined();
        return statements() - before;
      };
      const known = await cost('ada@example.com');
      expect(known).toBeGreaterThan(0);
      for (const email of ['nobody@example.com', 'ADA@example.com', 'not an address'])
        expect([email, await cost(email)]).toEqual([email, known]);

      Object.assign(deps, { mailer });
      mailer?.wake();
      await mailer?.idle();
      expect(post.mails.map(({ to }) => to[0])).toEqual(['ada@example.com', 'ada@example.com']);
      expect(await deps.db.mail.count()).toBe(0);
    },
  );

  it('finds exactly the address, or else all accounts that have it in another spelling', async () => {
    const { ask, deps, post, user, client, nextToken, reset } = await startWithAda();
    for (const [username, email] of [
      ['bob', 'Team@example.com'],
      ['carol', 'TEAM@example.c\uff4fm'],
      ['dora', 'team2@example.com'],
    ] as const) {
      await user(username);
      await deps.db.user.update({ where: { username }, data: addressColumns(email) });
    }
    await ask('TEAM@example.c\uff4fm');
    expect(await post.next()).toMatchObject({
      to: ['TEAM@example.com'],
      text: expect.stringContaining('“carol”'),
    });
    await ask('team@example.com');
    const names = [await reset(await nextToken()), await reset(await nextToken())];
    expect(names).toEqual([{ username: 'bob' }, { username: 'carol' }]);
    await client().auth.login.mutate({ username: 'carol', password: newPassword });
    await deps.mailer?.idle();
    expect(post.mails.filter(({ text }) => text.includes('dora'))).toEqual([]);
  });

  it('finds few accounts, and among them the oldest', async () => {
    const { ask, deps, post } = await startWithAda();
    const emails = [...'abcdefg'].map((letter, index) =>
      'abcdefg@example.com'.replace(letter, index === 0 ? letter : letter.toUpperCase()),
    );
    await deps.db.user.createMany({
      data: emails.map((email, index) => ({ username: `u${index}`, password: '', ...addressColumns(email) })),
    });
    await ask('ABCDEFG@example.com');
    await deps.mailer?.idle();
    expect(post.mails.map(({ to }) => to[0])).toEqual(emails.slice(0, 5));
  });

  it('mails nothing to disabled accounts and to users of a host', async () => {
    const { ask, deps, post, user } = await startWithAda();
    await user('bob');
    await deps.db.user.update({ where: { username: 'ada' }, data: { disabledAt: new Date() } });
    await deps.db.user.update({ where: { username: 'bob' }, data: { fromHost: true } });
    await ask();
    await ask('bob@example.com');
    await deps.mailer?.idle();
    expect(post.mails).toEqual([]);
  });

  it('is limited for each address, known or not, of which a link that is used gives one back', async () => {
    const { ask, nextToken, reset, logIn } = await startWithAda({ rateLimit: true });
    const many = (email: string, length = 7) => tally(Array.from({ length }, () => ask(email)));
    const limited = { ok: 5, TOO_MANY_REQUESTS: 2 };
    expect(await many('nobody@example.com')).toEqual(limited);
    expect(await many('ada@example.com', 5)).toEqual({ ok: 5 });
    await tally(Array.from({ length: 10 }, () => logIn('a guess')));
    await expect(logIn('a guess')).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
    await reset(await nextToken());
    await logIn(newPassword);
    await ask();
    await expect(ask('ADA@example.com')).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
  });

  it('is limited for each network', async () => {
    const { ask } = await startWithAda({ rateLimit: true });
    const asked = Array.from({ length: 62 }, (_, index) => ask(`${index}@example.com`));
    expect(await tally(asked)).toEqual({ ok: 60, TOO_MANY_REQUESTS: 2 });
  });

  it('is refused on a server that sends no mail', async () => {
    const { client } = await startMirage();
    await expect(
      client().auth.requestPasswordReset.mutate({ email: 'ada@example.com' }),
    ).rejects.toMatchObject({ data: { reason: 'MAIL_OFF', httpStatus: 403 } });
  });
});

it('does not end a link of an administrator when others ask for mails, and keeps the newest five of those', async () => {
  const { deps, ask, nextToken, reset } = await startWithAda();
  const links: string[] = [];
  for (let time = 0; time < 6; time += 1)
    links.push(await createResetLink(deps, { username: 'ada', publicUrl }));
  const tokens = links.map((link) => link.split('/').at(-1) ?? '');
  for (let time = 0; time < 7; time += 1) {
    await ask();
    await nextToken();
  }
  await deps.mailer?.idle();
  expect(await deps.db.linkToken.count({ where: { kind: 'reset', email: null } })).toBe(5);
  expect(await deps.db.linkToken.count({ where: { kind: 'reset' } })).toBe(10);
  await expect(reset(tokens[0] ?? '')).rejects.toMatchObject(refusal('LINK_EXPIRED'));
  expect(await reset(tokens[1] ?? '')).toEqual({ username: 'ada' });
  expect(await deps.db.linkToken.count({ where: { kind: 'reset' } })).toBe(0);
});

it('limits links that are tried from one network, and not those that are right', async () => {
  const { deps, reset, client } = await startWithAda({ rateLimit: true });
  const verify = () => client().auth.verifyEmail.mutate({ token: 'unknown' });
  expect(await tally(Array.from({ length: 101 }, verify))).toEqual({
    LINK_EXPIRED: 100,
    TOO_MANY_REQUESTS: 1,
  });
  const token = await createLink(deps, { kind: 'reset', username: 'ada', email: null });
  await expect(reset(token)).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
});

it('verifies the address that a link was mailed to, and tells sessions of one that nobody had verified', async () => {
  const { ada, ask, reset, nextToken, logIn, client, clock } = await startWithAda();
  const now = new Date(clock()).toISOString();
  expect(await ada.client.auth.me.query()).toMatchObject({ resetMailedAt: null });
  await ask();
  const token = await nextToken();
  expect(await ada.client.auth.me.query()).toMatchObject({ emailVerified: false, resetMailedAt: now });
  await reset(token);
  const session = client((await logIn(newPassword)).token);
  expect(await session.auth.me.query()).toMatchObject({ emailVerified: true, resetMailedAt: null });
});

it('does not take the place of a password in an account that was disabled meanwhile', async () => {
  const { ask, reset, nextToken, deps } = await startWithAda();
  await ask();
  const token = await nextToken();
  await deps.db.user.update({ where: { username: 'ada' }, data: { disabledAt: new Date() } });
  await expect(reset(token)).rejects.toMatchObject(refusal('LINK_EXPIRED'));
});
