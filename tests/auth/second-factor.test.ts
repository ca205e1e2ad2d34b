import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/server/core/config.ts';
import { limits } from '../../src/server/infra/limits/rate-limits.ts';
import { resetPassword } from '../../src/server/services/accounts/accounts.ts';
import { createLink } from '../../src/server/services/mail/links.ts';
import { addTotp, codeAt, stepMs, stepOf } from '../support/factors.ts';
import { startMirage } from '../support/harness.ts';
import { startWithMail } from '../support/mail.ts';
import { refusal, tally } from '../support/refusal.ts';
import { countStatements } from '../support/statements.ts';

const minute = 60_000;

async function startWithAda(settings: Partial<Config> = {}) {
  const mirage = await startMirage(settings);
  const ada = await mirage.user('ada');
  const { auth } = mirage.client();
  const logIn = (password = ada.password) => auth.login.mutate({ username: 'ada', password });
  const challenge = async () => stepOf(await logIn()).token;
  const finish = (challenge: string, code: string) => auth.finishLogin.mutate({ challenge, code });
  return { ...mirage, ada, logIn, challenge, finish };
}

async function startWithTotp(settings: Partial<Config> = {}) {
  const mirage = await startWithAda(settings);
  const app = await addTotp(mirage.ada.client, mirage.clock);
  return { ...mirage, app };
}

it('asks for a code after the password, and says in the list of sessions how the user logged in', async () => {
  const { ada, logIn, finish, client, app } = await startWithTotp();
  const login = await logIn();
  expect(login).toEqual({
    username: 'ada',
    token: null,
    challenge: {
      token: expect.stringMatching(/^[\w-]{43}$/),
      expiresInMs: 5 * minute,
      methods: ['totp', 'recovery'],
      passkey: null,
    },
  });
  const { token, username } = await finish(stepOf(login).token, app.code());
  expect(username).toBe('ada');
  const sessions = await client(token).auth.listSessions.query();
  expect(sessions.map(({ method }) => method)).toEqual(['password+totp', 'password']);
  expect(await ada.client.auth.listFactors.query()).toMatchObject({
    totp: { createdAt: expect.any(String) },
    passkeys: [],
    recoveryCodesLeft: 10,
    required: false,
  });
});

it('takes a challenge once, for 5 minutes, and not with another password', async () => {
  const { ada, clock, challenge, finish, app, client } = await startWithTotp();
  const once = await challenge();
  await finish(once, app.code());
  clock.advance(stepMs);
  await expect(finish(once, app.code())).rejects.toMatchObject(refusal('CHALLENGE_EXPIRED'));

  const late = await challenge();
  clock.advance(5 * minute);
  await expect(finish(late, app.code())).rejects.toMatchObject(refusal('CHALLENGE_EXPIRED'));

  const old = await challenge();
  await ada.client.auth.changePassword.mutate({ newPassword: 'another password' });
  await expect(finish(old, app.code())).rejects.toMatchObject(refusal('CHALLENGE_EXPIRED'));
  for (const unknown of ['unknown', 'A'.repeat(43)])
    await expect(finish(unknown, app.code())).rejects.toMatchObject(refusal('CHALLENGE_EXPIRED'));
  // A challenge is no token of a session.
  await expect(client(old).auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
});

it('takes a code of now, of 30 seconds before or after, and none twice', async () => {
  const { clock, challenge, finish, app } = await startWithTotp();
  const wrong = refusal('WRONG_CODE');
  const step = await challenge();
  for (const shift of [-2 * stepMs, 2 * stepMs])
    await expect(finish(step, codeAt(app.secret, clock() + shift))).rejects.toMatchObject(wrong);
  const ahead = codeAt(app.secret, clock() + stepMs);
  await finish(step, `${ahead.slice(0, 3)} ${ahead.slice(3)}`);
  // Neither this one again, nor an older one that somebody has seen.
  const another = await challenge();
  for (const used of [ahead, app.code()]) await expect(finish(another, used)).rejects.toMatchObject(wrong);
  clock.advance(2 * stepMs);
  await finish(another, app.code());
});

it('takes one of many uses of a code at the same time', async () => {
  const { challenge, finish, app } = await startWithTotp();
  const steps = await Promise.all(Array.from({ length: 4 }, challenge));
  const one = await tally(steps.map((step) => finish(step, app.code())));
  expect(one).toEqual({ ok: 1, WRONG_CODE: 3 });
});

it('takes a challenge from one of many uses at the same time', async () => {
  const { challenge, finish, app } = await startWithTotp();
  const step = await challenge();
  const codes = app.recoveryCodes.slice(0, 4);
  const { ok, CHALLENGE_EXPIRED } = await tally(codes.map((code) => finish(step, code)));
  expect([ok, CHALLENGE_EXPIRED]).toEqual([1, 3]);
});

it('takes each recovery code once, however it is typed', async () => {
  const { ada, client, challenge, finish, app, deps } = await startWithTotp();
  expect(new Set(app.recoveryCodes).size).toBe(10);
  const [code = ''] = app.recoveryCodes;
  expect(code).toMatch(/^(?:[a-z\d]{4}-){3}[a-z\d]{4}$/);
  const { token } = await finish(await challenge(), ` ${code.replaceAll('-', ' ').toUpperCase()} `);
  expect((await client(token).auth.listSessions.query())[0]?.method).toBe('password+recovery');
  await expect(finish(await challenge(), code)).rejects.toMatchObject(refusal('WRONG_CODE'));
  expect(await ada.client.auth.listFactors.query()).toMatchObject({ recoveryCodesLeft: 9 });
  // In the database are hashes.
  const rows = await deps.db.recoveryCode.findMany();
  expect(rows.map(({ codeHash }) => codeHash).join()).toMatch(/^([\da-f]{64},?){9}$/);
});

it('takes no code of somebody else', async () => {
  const { user, clock, challenge, finish, app, client } = await startWithTotp();
  const bob = await user('bob');
  const other = await addTotp(bob.client, clock);
  const step = await challenge();
  for (const code of [other.code(), other.recoveryCodes[0] ?? ''])
    await expect(finish(step, code)).rejects.toMatchObject(refusal('WRONG_CODE'));
  const ofBob = stepOf(await client().auth.login.mutate({ username: 'bob', password: bob.password }));
  await expect(finish(ofBob.token, app.code())).rejects.toMatchObject(refusal('WRONG_CODE'));
});

describe('guessing', () => {
  it('ends a challenge after 5 wrong codes, also of many at the same time', async () => {
    const { challenge, finish, app } = await startWithTotp();
    const step = await challenge();
    const guesses = Array.from({ length: 8 }, (_, index) => finish(step, `wrong ${index}`));
    expect(await tally(guesses)).toEqual({ WRONG_CODE: 5, CHALLENGE_EXPIRED: 3 });
    await expect(finish(step, app.code())).rejects.toMatchObject(refusal('CHALLENGE_EXPIRED'));
  });

  it('counts wrong codes and wrong passwords together, and the right password takes nothing back', async () => {
    const { challenge, finish, logIn, app } = await startWithTotp({ rateLimit: true });
    const { attempts } = limits.login;
    await expect(logIn('wrong')).rejects.toMatchObject(refusal('INVALID_CREDENTIALS'));
    const steps = [await challenge(), await challenge(), await challenge()];
    for (let guess = 1; guess < attempts; guess += 1)
      await expect(finish(steps[guess % 3] ?? '', 'wrong')).rejects.toMatchObject(refusal('WRONG_CODE'));
    await expect(finish(steps[0] ?? '', app.code())).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
    await expect(logIn()).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
  });

  it('of codes goes on nowhere after 10 wrong ones, whatever becomes of the password', async () => {
    const { ada, deps, challenge, finish, logIn, app, client } = await startWithTotp({ rateLimit: true });
    const { attempts } = limits.secondFactor;
    const tooMany = refusal('TOO_MANY_REQUESTS');
    const confirm = (code: string) => ada.client.auth.confirm.mutate({ code });
    const step = await challenge();
    for (let guess = 0; guess < 4; guess += 1)
      await expect(finish(step, 'wrong')).rejects.toMatchObject(refusal('WRONG_CODE'));
    const guesses = Array.from({ length: attempts }, () => confirm('wrong'));
    expect(await tally(guesses)).toEqual({ WRONG_CODE: attempts - 4, TOO_MANY_REQUESTS: 4 });

    const refused = async (password: string) => {
      await expect(confirm(app.code())).rejects.toMatchObject(tooMany);
      const { token } = stepOf(await logIn(password));
      await expect(finish(token, app.code())).rejects.toMatchObject(tooMany);
    };
    await refused(ada.password);
    const one = 'a password of a thief';
    await ada.client.auth.changePassword.mutate({ currentPassword: ada.password, newPassword: one });
    await ada.client.auth.changePassword.mutate({ currentPassword: one, newPassword: `${one} again` });
    await refused(`${one} again`);
    const link = await createLink(deps, { kind: 'reset', username: 'ada', email: null });
    await client().auth.resetPassword.mutate({ token: link, newPassword: `mailed ${one}` });
    const { token } = stepOf(await logIn(`mailed ${one}`));
    await expect(finish(token, app.code())).rejects.toMatchObject(tooMany);
    await resetPassword(deps, { username: 'ada', password: 'of the operator' });
    const last = stepOf(await logIn('of the operator'));
    await expect(finish(last.token, app.code())).rejects.toMatchObject(tooMany);
    expect(await deps.limits.reached()).toMatchObject([{ name: 'secondFactor', key: 'ada' }]);
  });

  it('is forgotten with a right code', async () => {
    const { clock, challenge, finish, app } = await startWithTotp({ rateLimit: true });
    for (let round = 0; round < 4; round += 1) {
      const step = await challenge();
      for (let guess = 0; guess < 4; guess += 1)
        await expect(finish(step, 'wrong')).rejects.toMatchObject(refusal('WRONG_CODE'));
      await finish(step, app.code());
      clock.advance(stepMs);
    }
  });
});

it('keeps the newest 5 challenges of a user', async () => {
  const { challenge, finish, app, deps, user, client } = await startWithTotp();
  const { password } = await user('bob');
  const first = await challenge();
  for (let index = 0; index < 5; index += 1) await challenge();
  expect(await deps.db.loginChallenge.count()).toBe(5);
  await expect(finish(first, app.code())).rejects.toMatchObject(refusal('CHALLENGE_EXPIRED'));
  // One without a second factor leaves none.
  await client().auth.login.mutate({ username: 'bob', password });
  expect(await deps.db.loginChallenge.count()).toBe(5);
});

it('answers under /api as to a wrong password, and counts it as one', async () => {
  const { ada, app, rest, logIn, deps } = await startWithTotp({ rateLimit: true });
  const wrong = [401, { error: 'wrong password' }];
  const legacy = (password: string) => rest('POST', '/api/login', { username: 'ada', password });
  expect(await legacy(ada.password)).toEqual(wrong);
  expect(await legacy('wrong')).toEqual(wrong);
  expect(await deps.db.loginChallenge.count()).toBe(0);
  for (let guess = 2; guess < limits.login.attempts; guess += 1) await legacy(ada.password);
  expect(await legacy(ada.password)).toEqual([429, { error: 'too many requests' }]);
  await expect(logIn()).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
  expect(app.recoveryCodes).toHaveLength(10);
});

it('asks for it after a new password, too', async () => {
  const { deps, challenge, finish, app, ada } = await startWithTotp();
  const token = await createLink(deps, { kind: 'reset', username: 'ada', email: null });
  const before = await challenge();
  const newPassword = 'a new password';
  await ada.client.auth.resetPassword.mutate({ token, newPassword });
  await expect(finish(before, app.code())).rejects.toMatchObject(refusal('CHALLENGE_EXPIRED'));
  const login = await ada.client.auth.login.mutate({ username: 'ada', password: newPassword });
  await finish(stepOf(login).token, app.code());
});

describe('setting up an app', () => {
  it('needs a code of it within 15 minutes, and shows recovery codes with the first factor alone', async () => {
    const { ada, clock, logIn } = await startWithAda();
    const { auth } = ada.client;
    await expect(auth.finishTotp.mutate({ code: '123456' })).rejects.toMatchObject(
      refusal('FACTOR_NOT_FOUND'),
    );
    const { secret, uri } = await auth.startTotp.mutate({});
    expect(uri).toBe(`otpauth://totp/Mirage:ada?secret=${secret}&issuer=Mirage`);
    for (const wrong of ['000000', 'letters', '1'])
      await expect(auth.finishTotp.mutate({ code: wrong })).rejects.toMatchObject(refusal('WRONG_CODE'));
    // It counts for nothing before that.
    expect(await logIn()).toMatchObject({ token: expect.any(String) });
    const first = await auth.finishTotp.mutate({ code: codeAt(secret, clock()) });
    expect(first).toEqual({ recoveryCodes: expect.any(Array), token: null, username: 'ada' });

    const another = await auth.startTotp.mutate({});
    expect(await auth.finishTotp.mutate({ code: codeAt(another.secret, clock()) })).toMatchObject({
      recoveryCodes: null,
    });
    clock.advance(stepMs);
    const step = stepOf(await logIn()).token;
    await expect(
      auth.finishLogin.mutate({ challenge: step, code: codeAt(secret, clock()) }),
    ).rejects.toMatchObject(refusal('WRONG_CODE'));
    await auth.finishLogin.mutate({ challenge: step, code: codeAt(another.secret, clock()) });

    const late = await auth.startTotp.mutate({});
    clock.advance(5 * minute);
    await auth.confirm.mutate({ code: codeAt(another.secret, clock()) });
    clock.advance(9 * minute);
    await auth.confirm.mutate({ code: codeAt(another.secret, clock()) });
    clock.advance(minute);
    await expect(auth.finishTotp.mutate({ code: codeAt(late.secret, clock()) })).rejects.toMatchObject(
      refusal('FACTOR_NOT_FOUND'),
    );
  });

  it('is taken from a session that has ended meanwhile by nobody', async () => {
    const { ada, clock, deps } = await startWithAda();
    const { secret } = await ada.client.auth.startTotp.mutate({});
    await deps.db.session.deleteMany();
    deps.accessCache.forgetAll();
    const code = codeAt(secret, clock());
    await expect(ada.client.auth.finishTotp.mutate({ code })).rejects.toMatchObject(refusal('UNAUTHORIZED'));
  });
});

describe('changing second factors', () => {
  it('needs a proof of the last 10 minutes, which the password gives only where there is no factor', async () => {
    const { ada, clock } = await startWithAda();
    const { auth } = ada.client;
    clock.advance(10 * minute);
    const changes = () => [auth.startTotp.mutate({}), auth.startPasskey.mutate({}), auth.removeTotp.mutate()];
    expect(await tally(changes())).toEqual({ PROOF_REQUIRED: 3 });
    expect(await auth.startConfirm.mutate()).toEqual({ methods: ['password'], passkey: null });
    await expect(auth.confirm.mutate({ password: 'wrong' })).rejects.toMatchObject(refusal('WRONG_PASSWORD'));
    expect(await tally(changes())).toEqual({ PROOF_REQUIRED: 3 });
    await auth.confirm.mutate({ password: ada.password });
    const app = await addTotp(ada.client, clock);

    clock.advance(10 * minute);
    const more = () => [...changes(), auth.newRecoveryCodes.mutate(), auth.removePasskey.mutate({ id: 1 })];
    expect(await tally(more())).toEqual({ PROOF_REQUIRED: 5 });
    expect(await auth.startConfirm.mutate()).toEqual({ methods: ['code'], passkey: null });
    await expect(auth.confirm.mutate({ password: ada.password })).rejects.toMatchObject(
      refusal('SECOND_FACTOR_REQUIRED'),
    );
    const code = app.code();
    await auth.confirm.mutate({ code });
    await expect(auth.confirm.mutate({ code })).rejects.toMatchObject(refusal('WRONG_CODE'));
    await auth.removeTotp.mutate();
  });

  it('counts wrong passwords with wrong current passwords', async () => {
    const { ada } = await startWithAda({ rateLimit: true });
    const { auth } = ada.client;
    const guess = () => auth.confirm.mutate({ password: 'wrong' });
    expect(await tally(Array.from({ length: 11 }, guess))).toEqual({
      WRONG_PASSWORD: 10,
      TOO_MANY_REQUESTS: 1,
    });
    await expect(
      auth.changePassword.mutate({ currentPassword: ada.password, newPassword: 'a new password' }),
    ).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
  });

  it('is what a new address needs as well, by the legacy API too; the present one needs none', async () => {
    const { ada, clock, rest, user } = await startWithAda();
    const bob = await user('bob');
    clock.advance(10 * minute);
    await bob.client.users.updateProfile.mutate({ email: 'bob@new.example' }); // without a second factor
    await ada.client.auth.confirm.mutate({ password: ada.password });
    const app = await addTotp(ada.client, clock);
    clock.advance(10 * minute);
    const change = (email: string) => ada.client.users.updateProfile.mutate({ email, description: 'hello' });
    await expect(change('eve@example.com')).rejects.toMatchObject(refusal('PROOF_REQUIRED'));
    expect(await change('ada@example.com')).toMatchObject({ description: 'hello' });
    const settings = (email: string) => rest('POST', '/api/user/settings', { token: ada.token, email });
    expect(await settings('ada@example.com')).toEqual([200, { message: 'settings updated' }]);
    expect(await settings('eve@example.com')).toEqual([403, { error: expect.stringContaining('prove') }]);
    expect(await ada.client.auth.me.query()).toMatchObject({ email: 'ada@example.com' });
    await ada.client.auth.confirm.mutate({ code: app.code() });
    expect(await settings('ada@new.example')).toEqual([200, { message: 'settings updated' }]);
  });

  it('ends the second step with the last factor, and its recovery codes', async () => {
    const { ada, logIn, deps } = await startWithTotp();
    await ada.client.auth.removeTotp.mutate();
    expect(await logIn()).toMatchObject({ token: expect.any(String) });
    expect(await deps.db.recoveryCode.count()).toBe(0);
    await expect(ada.client.auth.removeTotp.mutate()).rejects.toMatchObject(refusal('FACTOR_NOT_FOUND'));
    await expect(ada.client.auth.newRecoveryCodes.mutate()).rejects.toMatchObject(
      refusal('FACTOR_NOT_FOUND'),
    );
  });

  it('replaces all recovery codes', async () => {
    const { ada, challenge, finish, app } = await startWithTotp();
    const { recoveryCodes } = await ada.client.auth.newRecoveryCodes.mutate();
    expect(recoveryCodes).toHaveLength(10);
    const step = await challenge();
    await expect(finish(step, app.recoveryCodes[0] ?? '')).rejects.toMatchObject(refusal('WRONG_CODE'));
    await finish(step, recoveryCodes[0] ?? '');
  });
});

describe('where a second factor is required', () => {
  it('leads users without one to set it up at log-in, and opens no session before', async () => {
    const { ada, logIn, client, clock, deps } = await startWithAda({ requireSecondFactor: true });
    await ada.client.auth.logout.mutate();
    const login = await logIn();
    const { token: challenge, methods, expiresInMs } = stepOf(login);
    expect([methods, expiresInMs]).toEqual([[], 15 * minute]);
    expect(await deps.db.session.count()).toBe(0);
    const { auth } = client();
    for (const code of ['000000', 'wrong'])
      await expect(auth.finishLogin.mutate({ challenge, code })).rejects.toMatchObject(
        refusal('CHALLENGE_EXPIRED'),
      );
    const { secret } = await auth.startTotp.mutate({ challenge });
    const other = stepOf(await logIn()).token;
    const { token, recoveryCodes } = await auth.finishTotp.mutate({
      challenge,
      code: codeAt(secret, clock()),
    });
    expect(recoveryCodes).toHaveLength(10);
    const session = client(token).auth;
    expect(await session.listFactors.query()).toMatchObject({ required: true, recoveryCodesLeft: 10 });
    expect((await session.listSessions.query()).map(({ method }) => method)).toEqual(['password+totp']);
    // Whoever knows no more than the password adds nothing to it.
    for (const again of [challenge, other])
      await expect(auth.startTotp.mutate({ challenge: again })).rejects.toMatchObject(
        refusal('CHALLENGE_EXPIRED'),
      );
    await expect(session.removeTotp.mutate()).rejects.toMatchObject(refusal('SECOND_FACTOR_REQUIRED'));
    expect(await session.listFactors.query()).toMatchObject({ totp: { createdAt: expect.any(String) } });
  });

  it('answers under /api as to a wrong password', async () => {
    const { ada, rest } = await startWithAda({ requireSecondFactor: true });
    const fields = { username: 'ada', password: ada.password };
    expect(await rest('POST', '/api/login', fields)).toEqual([401, { error: 'wrong password' }]);
  });

  it('ends at the start the sessions of users who have none, and leaves access tokens, other users and other services alone', async () => {
    const { ada, user, clock, deps, close } = await startWithAda();
    const bob = await user('bob');
    await addTotp(bob.client, clock);
    const cleo = await user('cleo');
    const elsewhere = { method: 'oidc:company' };
    await deps.db.session.updateMany({ where: { username: 'cleo' }, data: elsewhere });
    const { token } = await ada.client.auth.createToken.mutate({ name: 'script', scopes: ['chat:read'] });
    await close();
    const again = await startMirage({ databaseUrl: deps.config.databaseUrl, requireSecondFactor: true });
    await expect(again.client(ada.token).auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
    await again.client(token).auth.me.query();
    await again.client(bob.token).auth.me.query();
    await again.client(cleo.token).auth.me.query();
  });
});

// Statements are counted on SQLite alone.
it.skipIf(process.env.TEST_ON === 'services')(
  'is the same work for a wrong password of an account with one, without one, and of nobody',
  async () => {
    const { user, client, rest } = await startWithTotp();
    await user('bob');
    const statements = countStatements(/\b(totps|passkeys|recovery_codes|login_challenges)\b/);
    const cost = async (call: Promise<unknown>) => {
      const before = statements();
      await call.catch(() => {});
      return statements() - before;
    };
    const { auth } = client();
    const names = ['ada', 'bob', 'nobody'];
    for (const username of names)
      expect(await cost(auth.login.mutate({ username, password: 'wrong' }))).toBe(0);
    // Nor does the right password make a difference under /api.
    const passwords = [...names.map(() => 'wrong'), 'password of ada'];
    for (const [index, password] of passwords.entries())
      expect(await cost(rest('POST', '/api/login', { username: names[index] ?? 'ada', password }))).toBe(2);
  },
);

it('is told by mail: what has changed, and that a recovery code was used', async () => {
  const { user, post, clock, client } = await startWithMail();
  const ada = await user('ada');
  const app = await addTotp(ada.client, clock);
  const told = async () => (await post.next()).subject;
  const changed = 'The second step of logging in to chat.example has been changed';
  expect(await told()).toBe(changed);
  const { username, password } = ada;
  const step = stepOf(await client().auth.login.mutate({ username, password }));
  await client().auth.finishLogin.mutate({ challenge: step.token, code: app.recoveryCodes[0] ?? '' });
  expect(await told()).toBe('A recovery code was used to log in to chat.example');
  await ada.client.auth.newRecoveryCodes.mutate();
  expect(await told()).toBe(changed);
  await ada.client.auth.removeTotp.mutate();
  expect(await told()).toBe(changed);
  expect(await ada.client.auth.listFactors.query()).toMatchObject({ changedAt: expect.any(String) });
});

it('is not for access tokens', async () => {
  const { ada, client } = await startWithAda();
  const scopes = ['users:read' as const, 'users:write' as const];
  const { token } = await ada.client.auth.createToken.mutate({ name: 'script', scopes });
  const { auth } = client(token);
  const calls = [
    auth.listFactors.query(),
    auth.startTotp.mutate({}),
    auth.finishTotp.mutate({ code: '123456' }),
    auth.startPasskey.mutate({}),
    auth.startConfirm.mutate(),
    auth.confirm.mutate({ password: ada.password }),
    auth.removeTotp.mutate(),
    auth.newRecoveryCodes.mutate(),
  ];
  expect(await tally(calls)).toEqual({ OUT_OF_SCOPE: calls.length });
});
