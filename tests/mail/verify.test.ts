import { describe, expect, it } from 'vitest';
import { resetPassword } from '../../src/server/services/accounts/accounts.ts';
import { createLink } from '../../src/server/services/mail/links.ts';
import { startMirage } from '../support/harness.ts';
import { publicUrl, startWithMail, tokenIn } from '../support/mail.ts';
import { refusal, tally } from '../support/refusal.ts';

const ada = { username: 'ada', email: 'ada@example.com', password: 'a secret one' };
const newPassword = 'another password';
const dayMs = 24 * 3_600_000;

async function startRegistered(...settings: Parameters<typeof startWithMail>) {
  const mirage = await startWithMail(...settings);
  await mirage.client().auth.register.mutate(ada);
  return mirage;
}

async function logIn({ client }: Awaited<ReturnType<typeof startWithMail>>) {
  const { token } = await client().auth.login.mutate(ada);
  return client(token);
}

it('mails a link to a new account, which verifies its address without a session', async () => {
  const mirage = await startRegistered();
  const mail = await mirage.post.next();
  expect(mail).toMatchObject({ from: 'mirage@chat.example', to: ['ada@example.com'] });
  expect(mail.headers).toMatch(/^Subject: Confirm your email address for chat\.example$/m);
  expect(mail.headers).toMatch(/^From: Mirage <mirage@chat\.example>$/m);
  const client = await logIn(mirage);
  expect(await client.auth.me.query()).toMatchObject({ emailVerified: false, pendingEmail: null });

  const token = tokenIn(mail, 'verify');
  expect(mail.text).toContain(`${publicUrl}/#/verify/${token}`);
  expect(mail.html).toContain(`href="${publicUrl}/#/verify/${token}"`);
  expect(await mirage.client().auth.verifyEmail.mutate({ token })).toEqual({
    username: 'ada',
    email: 'ada@example.com',
  });
  expect(await client.auth.me.query()).toMatchObject({ emailVerified: true });
  await client.auth.requestEmailVerification.mutate(); // there is nothing to verify
  await mirage.deps.mailer?.idle();
  expect(mirage.post.mails).toHaveLength(1);
});

it('takes a token once, within a day, and no other', async () => {
  const mirage = await startRegistered();
  const verify = (token: string) => mirage.client().auth.verifyEmail.mutate({ token });
  const first = tokenIn(await mirage.post.next(), 'verify');
  await (await logIn(mirage)).auth.requestEmailVerification.mutate();
  const second = tokenIn(await mirage.post.next(), 'verify');
  expect(second).not.toBe(first);

  for (const token of ['unknown', first.slice(1), `${first}x`])
    await expect(verify(token)).rejects.toMatchObject(refusal('LINK_EXPIRED'));
  await expect(
    mirage.client().auth.resetPassword.mutate({ token: first, newPassword: 'another password' }),
  ).rejects.toMatchObject(refusal('LINK_EXPIRED'));
  expect(await tally(Array.from({ length: 5 }, () => verify(first)))).toEqual({ ok: 1, LINK_EXPIRED: 4 });
  mirage.clock.advance(dayMs);
  await expect(verify(second)).rejects.toMatchObject(refusal('LINK_EXPIRED'));
});

it('stores no token while a mail waits, and only its hash when it is sent', async () => {
  const mirage = await startRegistered();
  const token = tokenIn(await mirage.post.next(), 'verify');
  await mirage.deps.mailer?.idle();
  expect(await mirage.deps.db.mail.count()).toBe(0);
  const stored = await mirage.deps.db.linkToken.findMany();
  expect(stored).toHaveLength(1);
  expect(JSON.stringify(stored)).not.toContain(token);
});

describe('another address', () => {
  async function startChange() {
    const mirage = await startRegistered();
    const { post, client } = mirage;
    await client().auth.verifyEmail.mutate({ token: tokenIn(await post.next(), 'verify') });
    const session = await logIn(mirage);
    const change = (email: string) => session.users.updateProfile.mutate({ email });
    return { ...mirage, session, change };
  }

  it('takes the place of the present one when it is verified, which is told at once', async () => {
    const { post, client, session, change } = await startChange();
    const pending = { email: ada.email, emailVerified: true, pendingEmail: 'new@example.com' };
    expect(await change('new@example.com')).toMatchObject(pending);
    const mails = [await post.next(), await post.next()];
    expect(mails.map(({ to }) => to[0])).toEqual(['new@example.com', ada.email]);
    expect(mails[1]?.text).toMatch(/asked to use another email address/);
    expect(mails[1]?.text).not.toContain('#/');
    expect(await session.auth.me.query()).toMatchObject(pending);

    await client().auth.verifyEmail.mutate({ token: tokenIn(mails[0] ?? { text: '' }, 'verify') });
    expect(await session.auth.me.query()).toMatchObject({
      email: 'new@example.com',
      emailVerified: true,
      pendingEmail: null,
    });
  });

  it('is no longer verified by links to an earlier one, nor once the present one is kept', async () => {
    const { post, client, session, change } = await startChange();
    await change('first@example.com');
    const first = tokenIn(await post.next(), 'verify');
    await post.next();
    await change('second@example.com');
    const second = tokenIn(await post.next(), 'verify');
    const verify = (token: string) => client().auth.verifyEmail.mutate({ token });
    await expect(verify(first)).rejects.toMatchObject(refusal('LINK_EXPIRED'));
    expect(await change(ada.email)).toMatchObject({ pendingEmail: null });
    await expect(verify(second)).rejects.toMatchObject(refusal('LINK_EXPIRED'));
    expect(await session.auth.me.query()).toMatchObject({ email: ada.email, emailVerified: true });
  });

  it.each<[string, (mirage: Awaited<ReturnType<typeof startChange>>) => Promise<unknown>]>([
    ['changed', ({ session }) => session.auth.changePassword.mutate({ newPassword })],
    [
      'changed in the legacy settings',
      async ({ rest }) => {
        const [, login] = await rest('POST', '/api/login', ada);
        const { token } = login as { token: string }; // safe: it is the answer of a login
        expect(await rest('POST', '/api/user/settings', { token, password: newPassword })).toEqual([
          200,
          { message: 'settings updated' },
        ]);
      },
    ],
    [
      'set by a mailed link',
      async ({ deps, client }) => {
        const token = await createLink(deps, { kind: 'reset', username: 'ada', email: ada.email });
        await client().auth.resetPassword.mutate({ token, newPassword });
      },
    ],
    ['set by an operator', ({ deps }) => resetPassword(deps, { username: 'ada', password: newPassword })],
  ])('is given up when the password is %s', async (_, setPassword) => {
    const mirage = await startChange();
    await mirage.change('eve@example.com');
    const token = tokenIn(await mirage.post.next(), 'verify');
    await mirage.deps.mailer?.idle();
    await setPassword(mirage);
    await expect(mirage.client().auth.verifyEmail.mutate({ token })).rejects.toMatchObject(
      refusal('LINK_EXPIRED'),
    );
    const { deps } = mirage;
    expect(await deps.db.user.findMany()).toMatchObject([{ email: ada.email, pendingEmail: null }]);
    expect(await deps.db.linkToken.count()).toBe(0);
  });

  it('is refused if another account has it, then or by the time it is verified', async () => {
    const { post, client, user, change } = await startChange();
    await user('bob');
    await expect(change('bob@example.com')).rejects.toMatchObject(refusal('EMAIL_TAKEN'));
    await change('carol@example.com');
    const token = tokenIn(await post.next(), 'verify');
    await user('carol');
    await expect(client().auth.verifyEmail.mutate({ token })).rejects.toMatchObject(refusal('EMAIL_TAKEN'));
  });

  it('is refused if no mail can be sent to it, by the legacy API too', async () => {
    const { change, deps, rest } = await startChange();
    for (const email of [
      'ada',
      'ada@',
      '@example.com',
      'é@example.com',
      'a b@example.com',
      'a@b',
      'a@[127.0.0.1]',
      'a@b.example/c',
    ])
      await expect(change(email), email).rejects.toMatchObject({
        data: { reason: 'INVALID_INPUT', issues: [{ path: 'email' }] },
      });
    const [, login] = await rest('POST', '/api/login', ada);
    const { token } = login as { token: string }; // safe: it is the answer of a login
    expect(await rest('POST', '/api/user/settings', { token, email: 'ada' })).toEqual([
      400,
      { error: 'invalid fields received' },
    ]);
    expect(await rest('POST', '/api/user/settings', { token, email: 'new@example.com' })).toEqual([
      200,
      { message: 'settings updated' },
    ]);
    expect(await deps.db.user.findMany()).toMatchObject([
      { email: ada.email, pendingEmail: 'new@example.com' },
    ]);
  });

  it('is refused if another account has it in another spelling, then or by the time it is verified', async () => {
    const { post, client, user, change } = await startChange();
    await user('bob');
    for (const email of ['Bob@example.com', 'bob@example.c\uff4fm'])
      await expect(change(email), email).rejects.toMatchObject(refusal('EMAIL_TAKEN'));
    await change('carol@example.com');
    const token = tokenIn(await post.next(), 'verify');
    await client().auth.register.mutate({ ...ada, username: 'eve', email: 'Carol@example.com' });
    await expect(client().auth.verifyEmail.mutate({ token })).rejects.toMatchObject(refusal('EMAIL_TAKEN'));
  });

  it('may be the present one in another spelling', async () => {
    const { post, client, session, change } = await startChange();
    await change('Ada@example.com');
    const token = tokenIn(await post.next(), 'verify');
    await client().auth.verifyEmail.mutate({ token });
    expect(await session.auth.me.query()).toMatchObject({ email: 'Ada@example.com', pendingEmail: null });
  });

  it('is mailed to with its domain as mail servers know it', async () => {
    const { post, change } = await startChange();
    await change('ada@bücher.example');
    // The envelope is the same, but the server of this test shows it decoded.
    expect((await post.next()).headers).toMatch(/^To: ada@xn--bcher-kva\.example$/m);
  });

  it('counts at once on a server that sends no mail', async () => {
    const { user, deps } = await startMirage();
    const { client } = await user('ada');
    await deps.db.user.updateMany({ data: { emailVerifiedAt: new Date() } });
    expect(await client.users.updateProfile.mutate({ description: 'hello' })).toMatchObject({
      emailVerified: true,
    });
    expect(await client.users.updateProfile.mutate({ email: 'not an address' })).toMatchObject({
      email: 'not an address',
      emailVerified: false,
      pendingEmail: null,
    });
    await expect(client.auth.requestEmailVerification.mutate()).rejects.toMatchObject(refusal('MAIL_OFF'));
  });

  it('is compared however it is spelled on such a server, too, but by the legacy API', async () => {
    const { user, rest } = await startMirage();
    const { client, token } = await user('ada');
    await user('bob');
    const change = (email: string) => client.users.updateProfile.mutate({ email });
    await expect(change('Bob@example.com')).rejects.toMatchObject(refusal('EMAIL_TAKEN'));
    expect(await change('Ada@example.com')).toMatchObject({ email: 'Ada@example.com' });
    expect((await rest('POST', '/api/user/settings', { token, email: 'Bob@example.com' }))[0]).toBe(200);
  });
});

describe('where a verified address is required', () => {
  it('lets nobody log in before, mails a link again, and tells only those who know the password', async () => {
    const mirage = await startRegistered({ requireVerifiedEmail: true });
    const { post, client, rest } = mirage;
    await post.next();
    const refused = { data: { reason: 'EMAIL_NOT_VERIFIED', httpStatus: 403 } };
    await expect(client().auth.login.mutate(ada)).rejects.toMatchObject(refused); // right after the first mail
    mirage.clock.advance(2 * 60_000);
    await expect(client().auth.login.mutate(ada)).rejects.toMatchObject(refused);
    const token = tokenIn(await post.next(), 'verify');
    const wrong = { ...ada, password: 'a wrong one' };
    await expect(client().auth.login.mutate(wrong)).rejects.toMatchObject(refusal('INVALID_CREDENTIALS'));
    expect(await rest('POST', '/api/login', wrong)).toEqual([401, { error: 'wrong password' }]);
    expect(await rest('POST', '/api/login', ada)).toEqual([
      403,
      { error: expect.stringContaining('verify') },
    ]);

    await client().auth.verifyEmail.mutate({ token });
    expect(await client().auth.login.mutate(ada)).toMatchObject({ username: 'ada' });
    expect((await rest('POST', '/api/login', ada))[0]).toBe(200);
  });

  it('keeps sessions open, and mails at most five links an hour', async () => {
    const mirage = await startWithMail({ requireVerifiedEmail: true, rateLimit: true });
    const { client, username, password } = await mirage.user('ada');
    expect(await client.auth.me.query()).toMatchObject({ emailVerified: false });
    for (let time = 0; time < 7; time += 1) {
      await expect(mirage.client().auth.login.mutate({ username, password })).rejects.toMatchObject(
        refusal('EMAIL_NOT_VERIFIED'),
      );
      await mirage.deps.mailer?.idle();
      mirage.clock.advance(2 * 60_000);
    }
    await expect(client.auth.requestEmailVerification.mutate()).rejects.toMatchObject(
      refusal('TOO_MANY_REQUESTS'),
    );
    await mirage.deps.mailer?.idle();
    expect(mirage.post.mails).toHaveLength(5);
  });
});

describe('others that give the address of an account', () => {
  const fullWidth = (letter: string) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0);
  /** Registers accounts as the original does, which tells all spellings apart. */
  async function startRegistering() {
    const mirage = await startWithMail({ rateLimit: true, requireVerifiedEmail: true });
    const register = async (username: string, email: string) => {
      const [status] = await mirage.rest('POST', '/api/register', { ...ada, username, email });
      expect(status).toBe(201);
      await mirage.deps.mailer?.idle();
    };
    return { ...mirage, register };
  }

  it('do not use up its limit, neither by other spellings nor by changes', async () => {
    const { register, user, post, client, clock, deps } = await startRegistering();
    const mailed = () => post.mails.filter(({ to }) => to[0] === ada.email).length;
    const changing = await Promise.all(['eve', 'mallory', 'trent'].map((name) => user(name)));
    const change = () =>
      Promise.all(
        changing.map(({ client: stranger }) =>
          tally(Array.from({ length: 4 }, () => stranger.users.updateProfile.mutate({ email: ada.email }))),
        ),
      );
    await change();
    clock.advance(1);
    await deps.mailer?.idle();
    const before = mailed();
    expect(before).toBeLessThanOrEqual(10);

    await client().auth.register.mutate(ada);
    await deps.mailer?.idle();
    expect(mailed()).toBe(before + 1);
    for (let bits = 1; bits <= 12; bits += 1) {
      const local = [...'ada']
        .map((letter, index) => ((bits >> index) & 1 ? letter.toUpperCase() : letter))
        .join('');
      await register(`eve${bits}`, `${local}@example.co${bits > 7 ? fullWidth('m') : 'm'}`);
    }
    await change();
    clock.advance(2 * 60_000);
    await expect(client().auth.login.mutate(ada)).rejects.toMatchObject(refusal('EMAIL_NOT_VERIFIED'));
    await deps.mailer?.idle();
    expect(mailed()).toBe(before + 2);
  });

  it('have few mails sent there, however they spell it', async () => {
    const { register, post } = await startRegistering();
    for (let bits = 0; bits < 25; bits += 1) {
      const domain = [...'example']
        .map((letter, index) => ((bits >> index) & 1 ? fullWidth(letter) : letter))
        .join('');
      await register(`user${bits}`, `ada@${domain}.com`);
    }
    expect(post.mails.length).toBeLessThanOrEqual(11);
    expect(new Set(post.mails.map(({ to }) => to[0]))).toEqual(new Set([ada.email]));
  });
});

it('refuses typed registrations with an address to which no mail can be sent; the legacy API takes any', async () => {
  const { client, rest, deps, post } = await startWithMail();
  await expect(client().auth.register.mutate({ ...ada, email: 'nowhere' })).rejects.toMatchObject({
    data: { reason: 'INVALID_INPUT', issues: [{ path: 'email' }] },
  });
  expect((await rest('POST', '/api/register', { ...ada, email: 'nowhere' }))[0]).toBe(201);
  await deps.mailer?.idle();
  expect([await deps.db.mail.count(), post.mails]).toEqual([0, []]);
});

it('makes no link of a name that looks like one', async () => {
  const { client, post } = await startWithMail();
  await client().auth.register.mutate({ ...ada, username: 'https://evil.example/<b>' });
  const { text, html } = await post.next();
  expect(text).not.toContain('evil.example');
  expect(text.replaceAll('\u2060', '')).toContain('“https://evil.example/<b>”');
  expect(html).not.toContain('<b>');
});
