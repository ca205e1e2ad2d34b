import { describe, expect, it } from 'vitest';
import type { OidcIssuer } from '../../src/server/core/config.ts';
import { proofMs } from '../../src/server/services/sessions/proof.ts';
import { addTotp } from '../support/factors.ts';
import { type Person, publicUrl, startWithIssuers, visit } from '../support/oidc.ts';
import { refusal, tally } from '../support/refusal.ts';

const ada: Person = {
  id: 'ada-at-company',
  email: 'ada@example.com',
  email_verified: true,
  preferred_username: 'ada',
};
const eve: Person = {
  id: 'eve-at-company',
  email: 'eve@example.com',
  email_verified: true,
  name: 'Eve Adams',
};

const { email_verified: _, ...unverified } = ada;

type Finished = Awaited<ReturnType<Awaited<ReturnType<typeof startWithIssuers>>['finish']>>;

const tokenOf = (finished: Finished) =>
  finished.status === 'loggedIn' ? finished.token : expect.fail(`it is ${finished.status}`);

describe('a log-in with another service', () => {
  it('makes an account for somebody new, and logs in to it from then on', async () => {
    const { finish, register, deps, client, anonymous } = await startWithIssuers();
    expect(await finish(ada)).toEqual({
      status: 'new',
      login: expect.any(String),
      suggestion: 'ada',
      email: 'ada@example.com',
      account: null,
      hasPassword: false,
    });
    const { client: first } = await register(ada, 'lovelace');
    expect(await first.auth.me.query()).toMatchObject({
      username: 'lovelace',
      email: 'ada@example.com',
      emailVerified: true,
    });
    const again = await finish(ada);
    if (again.status !== 'loggedIn') throw new Error(again.status);
    expect(again.username).toBe('lovelace');
    const sessions = await client(again.token).auth.listSessions.query();
    expect(sessions.map(({ method }) => method)).toEqual(['oidc:company', 'oidc:company']);
    expect(await first.auth.listOidc.query()).toEqual({
      hasPassword: false,
      identities: [
        {
          id: expect.any(Number),
          issuer: 'company',
          label: 'The company',
          email: 'ada@example.com',
          createdAt: expect.any(String),
          usedAt: expect.any(String),
        },
      ],
    });
    expect(await anonymous.server.info.query()).toMatchObject({
      logins: [{ id: 'company', label: 'The company' }],
    });
    // Nothing of what was under way is kept but for the first, with which nobody has gone on, and that all three were taken.
    const confirmed = { subject: { not: null } };
    expect(await deps.db.oidcLogin.count({ where: confirmed })).toBe(1);
    expect(await deps.db.oidcLogin.count({ where: { subject: null } })).toBe(3);
  });

  it('asks for a code with PKCE, state and nonce, and to come back to the public address', async () => {
    const { arrive, issuer } = await startWithIssuers();
    const { url, sent, login } = await arrive(ada);
    const { state, nonce, code_challenge, ...rest } = Object.fromEntries(sent.searchParams);
    expect(rest).toEqual({
      client_id: 'mirage',
      code_challenge_method: 'S256',
      redirect_uri: `${publicUrl}/oidc/company`,
      response_type: 'code',
      scope: 'openid profile email',
    });
    expect(new Set([state, nonce, code_challenge, login]).size).toBe(4);
    const returned = Object.fromEntries(new URL(url).searchParams);
    expect(returned).toEqual({ code: expect.any(String), state, iss: issuer.url });
  });

  it('takes a log-in once, also of many at the same time, and within ten minutes', async () => {
    const { arrive, anonymous, clock } = await startWithIssuers();
    const { login, url } = await arrive(ada);
    const tries = Array.from({ length: 4 }, () => anonymous.auth.finishOidc.mutate({ login, url }));
    expect(await tally(tries)).toEqual({ ok: 1, LOGIN_EXPIRED: 3 });
    const late = await arrive(ada);
    clock.advance(10 * 60_000);
    await expect(anonymous.auth.finishOidc.mutate(late)).rejects.toMatchObject(refusal('LOGIN_EXPIRED'));
  });

  it('refuses answers that are not those to this log-in', async () => {
    const { arrive, anonymous, issuer, deps } = await startWithIssuers({}, ['company', 'school']);
    const changed = async (change: (url: URL) => void) => {
      const { login, url } = await arrive(ada);
      const other = new URL(url);
      change(other);
      return anonymous.auth.finishOidc.mutate({ login, url: other.href });
    };
    const replayed = await arrive(eve);
    await anonymous.auth.finishOidc.mutate(replayed);
    const code = new URL(replayed.url).searchParams.get('code') ?? '';
    const changes: [string, (url: URL) => void][] = [
      ['another state', ({ searchParams }) => searchParams.set('state', 'x'.repeat(43))],
      ['no state', ({ searchParams }) => searchParams.delete('state')],
      ['another issuer', ({ searchParams }) => searchParams.set('iss', 'https://evil.example')],
      ['no issuer', ({ searchParams }) => searchParams.delete('iss')],
      ['two issuers', ({ searchParams }) => searchParams.append('iss', issuer.url)],
      ['an unknown code', ({ searchParams }) => searchParams.set('code', 'x'.repeat(43))],
      ['a used code', ({ searchParams }) => searchParams.set('code', code)],
      ['no code', ({ searchParams }) => searchParams.delete('code')],
      ['an error', (url) => (url.search = `?error=access_denied&state=${url.searchParams.get('state')}`)],
      ['the way back of another issuer', (url) => (url.pathname = '/app/oidc/school')],
      ['another origin', (url) => (url.host = 'evil.example')],
    ];
    for (const [what, change] of changes)
      await expect(changed(change), what).rejects.toMatchObject(refusal('ISSUER_REFUSED'));
    // The answer to one log-in is none to another.
    const [one, other] = [await arrive(ada), await arrive(eve)];
    await expect(
      anonymous.auth.finishOidc.mutate({ login: one.login, url: other.url }),
    ).rejects.toMatchObject(refusal('ISSUER_REFUSED'));
    await expect(
      anonymous.auth.finishOidc.mutate({ login: 'unknown', url: other.url }),
    ).rejects.toMatchObject(refusal('LOGIN_EXPIRED'));
    expect(await deps.db.session.count()).toBe(0);
  });

  it('refuses whoever says no at the issuer', async () => {
    const { finish } = await startWithIssuers();
    await expect(finish(undefined)).rejects.toMatchObject(refusal('ISSUER_REFUSED'));
  });

  it('refuses an ID token for another log-in', async () => {
    const { arrive, anonymous, issuer } = await startWithIssuers();
    const { login, url, sent } = await arrive(ada);
    // The same request, but for the nonce: with the state of the first.
    const [, other] = [login, new URL(sent)];
    other.searchParams.set('nonce', 'of somebody else');
    const swapped = await visit(other.href, ada, issuer);
    expect(new URL(swapped).searchParams.get('state')).toBe(new URL(url).searchParams.get('state'));
    await expect(anonymous.auth.finishOidc.mutate({ login, url: swapped })).rejects.toMatchObject(
      refusal('ISSUER_REFUSED'),
    );
  });

  it('refuses an unknown issuer, and any where there are none', async () => {
    const { anonymous } = await startWithIssuers();
    await expect(anonymous.auth.startOidc.mutate({ issuer: 'school' })).rejects.toMatchObject(
      refusal('ISSUER_NOT_FOUND'),
    );
  });

  it('says so when the issuer is away, asks it again after a while, and starts without it', async () => {
    const { finish, issuer, anonymous, arrive, clock } = await startWithIssuers();
    expect(issuer.requests).toEqual([]); // nothing before somebody logs in
    issuer.state.override = (_req, res) => {
      res.writeHead(503).end();
      return true;
    };
    const away = refusal('ISSUER_UNAVAILABLE');
    await expect(anonymous.auth.startOidc.mutate({ issuer: 'company' })).rejects.toMatchObject(away);
    await expect(anonymous.auth.startOidc.mutate({ issuer: 'company' })).rejects.toMatchObject({
      data: { httpStatus: 422, retryAfterMs: expect.any(Number) },
    });
    expect(issuer.requests).toHaveLength(1);
    issuer.state.override = undefined;
    clock.advance(5000);
    const { login, url } = await arrive(ada);
    issuer.state.override = (req, res) => {
      if (req.method === 'POST') res.socket?.destroy();
      return req.method === 'POST';
    };
    await expect(anonymous.auth.finishOidc.mutate({ login, url })).rejects.toMatchObject(away);
    issuer.state.override = undefined;
    expect(await finish(ada)).toMatchObject({ status: 'new' });
  });

  it('keeps accounts of several issuers apart', async () => {
    const { finish, register, issuers } = await startWithIssuers({}, ['company', 'school']);
    const [, at] = issuers;
    await register(ada, 'ada');
    // The same subject, but of another issuer.
    expect(await finish({ ...ada, email: 'other@example.com' }, { ...(at && { at }) })).toMatchObject({
      status: 'new',
    });
  });

  it('refuses a disabled account, and one whose address must be verified', async () => {
    const { finish, register, deps } = await startWithIssuers();
    await register(unverified, 'ada');
    await deps.db.user.update({ where: { username: 'ada' }, data: { disabledAt: new Date() } });
    await expect(finish(unverified)).rejects.toMatchObject(refusal('USER_DISABLED'));
    await deps.db.user.update({ where: { username: 'ada' }, data: { disabledAt: null } });
    deps.config.requireVerifiedEmail = true;
    await expect(finish(unverified)).rejects.toMatchObject(refusal('EMAIL_NOT_VERIFIED'));
    expect(await finish(ada)).toMatchObject({ status: 'loggedIn' }); // which verifies it
  });
});

describe('somebody new', () => {
  it('chooses a name by the usual rules, and may try again', async () => {
    const { finish, user, anonymous } = await startWithIssuers();
    await user('ada');
    const finished = await finish({ ...ada, email: 'lovelace@example.com' });
    if (finished.status !== 'new') throw new Error(finished.status);
    expect(finished.suggestion).toBe('ada2');
    const { login } = finished;
    const choose = (username: string) => anonymous.auth.registerOidc.mutate({ login, username });
    for (const [username, reason] of [
      ['ada', 'USERNAME_TAKEN'],
      ['аdа', 'USERNAME_TAKEN'], // with Cyrillic letters
      ['ada★', 'INVALID_INPUT'],
    ] as const)
      await expect(choose(username)).rejects.toMatchObject(refusal(reason));
    expect(await tally(['countess', 'baroness', 'duchess'].map(choose))).toEqual({ ok: 1, LOGIN_EXPIRED: 2 });
  });

  it('is one account, however often the same person begins', async () => {
    const { finish, anonymous, deps } = await startWithIssuers();
    const both = [await finish(ada), await finish(ada)];
    const made = both.map((finished, index) =>
      anonymous.auth.registerOidc.mutate({
        login: finished.status === 'new' ? finished.login : '',
        username: `ada${index}`,
      }),
    );
    expect(await tally(made)).toEqual({ ok: 1, IDENTITY_TAKEN: 1 });
    expect(await deps.db.user.count()).toBe(1);
  });

  it.each([
    [{ preferred_username: 'eve@example.com' }, 'eve'],
    [{ preferred_username: '　' }, 'Eve Adams'],
    [{ name: '\u202e', email: '\u200b@example.com' }, ''],
  ])('is suggested a name that an account can have: %j', async (claims, suggestion) => {
    const { finish } = await startWithIssuers();
    expect(await finish({ ...eve, ...claims })).toMatchObject({ suggestion });
  });

  it('has no address that another account has, and no account there', async () => {
    const { finish, register, user, client } = await startWithIssuers();
    await user('ada');
    // Of an address that the issuer has not verified, nobody learns whose it is.
    for (const person of [unverified, { ...ada, email: 'ADA@example.com', email_verified: false }])
      expect(await finish(person)).toMatchObject({ status: 'new', email: null, account: null });
    expect(await finish(ada)).toMatchObject({
      status: 'new',
      email: null,
      account: 'ada',
      hasPassword: true,
    });
    const { token } = await register(ada, 'another');
    expect(await client(token).auth.me.query()).toMatchObject({ email: '', emailVerified: false });
  });

  it('has no password, and cannot log in by one', async () => {
    const { register, rest, anonymous } = await startWithIssuers();
    const { client } = await register(ada, 'ada');
    for (const password of ['', ' ', 'ada', 'a password'])
      expect(await rest('POST', '/api/login', { username: 'ada', password: password || 'x' })).toEqual([
        401,
        { error: 'wrong password' },
      ]);
    await expect(
      client.auth.changePassword.mutate({ newPassword: 'a new password', currentPassword: 'any' }),
    ).rejects.toMatchObject(refusal('WRONG_PASSWORD'));
    await client.auth.changePassword.mutate({ newPassword: 'a new password' });
    expect(await client.auth.listOidc.query()).toMatchObject({ hasPassword: true });
    await anonymous.auth.login.mutate({ username: 'ada', password: 'a new password' });
  });
});

it('says whether the account that has the address has a password', async () => {
  const { finish, register, issuers } = await startWithIssuers({}, ['company', 'school']);
  const { client } = await register(ada, 'ada');
  const [, at] = issuers;
  const elsewhere = () => finish({ ...ada, id: 'ada-at-school' }, { ...(at && { at }) });
  expect(await elsewhere()).toMatchObject({ status: 'new', account: 'ada', hasPassword: false });
  await client.auth.changePassword.mutate({ newPassword: 'a new password' });
  expect(await elsewhere()).toMatchObject({ status: 'new', account: 'ada', hasPassword: true });
});

describe('linking', () => {
  it('takes a verified address and a session of the account that has it', async () => {
    const { user, finish, deps } = await startWithIssuers();
    const { client } = await user('ada');
    const { client: mallory } = await user('mallory');
    expect(await finish(ada, { client, link: true })).toEqual({ status: 'linked', username: 'ada' });
    expect(await client.auth.me.query()).toMatchObject({ emailVerified: true });
    expect(await finish(ada)).toMatchObject({ status: 'loggedIn', username: 'ada' });
    // Again it proves who it is, and somebody else does not get it.
    const session = (await client.auth.listSessions.query()).find(({ current }) => current);
    const where = { id: session?.id ?? 0 };
    await deps.db.session.update({ where, data: { confirmedAt: null } });
    expect(await finish(ada, { client, link: true })).toMatchObject({ status: 'linked' });
    expect(await deps.db.session.findUnique({ where })).toMatchObject({ confirmedAt: expect.any(Date) });
    await expect(finish(ada, { client: mallory, link: true })).rejects.toMatchObject(
      refusal('IDENTITY_TAKEN'),
    );
    expect(await deps.db.identity.count()).toBe(1);
  });

  it('refuses another address, one that the issuer has not verified, and none', async () => {
    const { user, finish, deps } = await startWithIssuers();
    const { client } = await user('ada');
    const { email: _, ...nowhere } = ada;
    for (const person of [eve, unverified, { ...ada, email_verified: 'false' }, nowhere])
      await expect(finish(person, { client, link: true })).rejects.toMatchObject(refusal('ADDRESS_DIFFERS'));
    expect(await deps.db.identity.count()).toBe(0);
  });

  it('is for the account that has asked for it', async () => {
    const { user, arrive, anonymous } = await startWithIssuers();
    const { client } = await user('ada');
    const { client: mallory } = await user('mallory');
    await expect(anonymous.auth.startOidc.mutate({ issuer: 'company', link: true })).rejects.toMatchObject(
      refusal('UNAUTHORIZED'),
    );
    for (const [other, reason] of [
      [anonymous, 'UNAUTHORIZED'],
      [mallory, 'LOGIN_EXPIRED'],
    ] as const) {
      const { login, url } = await arrive(ada, { client, link: true });
      await expect(other.auth.finishOidc.mutate({ login, url })).rejects.toMatchObject(refusal(reason));
      await expect(client.auth.finishOidc.mutate({ login, url })).rejects.toMatchObject(
        refusal('LOGIN_EXPIRED'),
      );
    }
  });

  it('goes on after a log-in to the account that has the address, once', async () => {
    const { user, finish, client: clientOf } = await startWithIssuers();
    const { client } = await user('ada');
    const { client: mallory } = await user('mallory');
    const finished = await finish({ ...ada, email: 'Ada@example.com' });
    if (finished.status !== 'new') throw new Error(finished.status);
    expect(finished.account).toBe('ada');
    const { login } = finished;
    await expect(mallory.auth.linkOidc.mutate({ login })).rejects.toMatchObject(refusal('ADDRESS_DIFFERS'));
    await expect(clientOf('no token').auth.linkOidc.mutate({ login })).rejects.toMatchObject(
      refusal('UNAUTHORIZED'),
    );
    const tries = [1, 2, 3].map(() => client.auth.linkOidc.mutate({ login }));
    const { ok } = await tally(tries);
    expect(ok).toBe(1);
    expect(await finish(ada)).toMatchObject({ status: 'loggedIn', username: 'ada' });
  });

  it('needs a proof of the last ten minutes, from the beginning', async () => {
    const { user, arrive, finish, clock, deps } = await startWithIssuers();
    const { client, password } = await user('ada');
    const { auth } = client;
    const early = await arrive(ada, { client, link: true });
    const late = await arrive(ada);
    const unlinked = await auth.finishOidc.mutate(late);
    clock.advance(proofMs - 1);
    // One that was begun with a proof can be finished.
    const { url, login } = await arrive({ ...ada, email: 'else@example.com' }, { client, link: true });
    clock.advance(2);
    await expect(auth.finishOidc.mutate({ url, login })).rejects.toMatchObject(refusal('ADDRESS_DIFFERS'));
    const proof = refusal('PROOF_REQUIRED');
    await expect(arrive(ada, { client, link: true })).rejects.toMatchObject(proof);
    const { login: confirmed } = unlinked.status === 'new' ? unlinked : { login: '' };
    await expect(auth.linkOidc.mutate({ login: confirmed })).rejects.toMatchObject(proof);
    await expect(auth.finishOidc.mutate(early)).rejects.toMatchObject(refusal('LOGIN_EXPIRED'));
    expect(await deps.db.identity.count()).toBe(0);

    await auth.confirm.mutate({ password });
    expect(await finish(ada, { client, link: true })).toMatchObject({ status: 'linked' });
  });

  it('goes on with a proof that has got old meanwhile, and not in another session without one', async () => {
    const { user, arrive, clock, client: clientOf } = await startWithIssuers();
    const { username, password, client: old } = await user('ada');
    clock.advance(2 * proofMs);
    const { token } = await old.auth.login.mutate({ username, password });
    const client = clientOf(token);
    clock.advance(proofMs - 1);
    const stolen = await arrive(ada, { client, link: true });
    await expect(old.auth.finishOidc.mutate(stolen)).rejects.toMatchObject(refusal('PROOF_REQUIRED'));
    const back = await arrive(ada, { client, link: true });
    clock.advance(proofMs - 1);
    expect(await client.auth.finishOidc.mutate(back)).toMatchObject({ status: 'linked' });
  });

  it('opens no way around a second factor to a stolen session', async () => {
    const { user, finish, clock, deps } = await startWithIssuers();
    const { client } = await user('ada');
    const app = await addTotp(client, clock);
    clock.advance(proofMs);
    const proof = refusal('PROOF_REQUIRED');
    const email = 'eve@example.com';
    await expect(client.users.updateProfile.mutate({ email })).rejects.toMatchObject(proof);
    await expect(finish(ada, { client, link: true })).rejects.toMatchObject(proof);
    expect(await deps.db.identity.count()).toBe(0);
    await client.auth.confirm.mutate({ code: app.code() });
    await client.users.updateProfile.mutate({ email });
    expect(await finish(eve, { client, link: true })).toMatchObject({ status: 'linked' });
  });

  it('refuses an access token', async () => {
    const { user, client } = await startWithIssuers();
    const { client: owner } = await user('ada');
    const { token } = await owner.auth.createToken.mutate({ name: 'script', scopes: ['users:write'] });
    await expect(
      client(token).auth.startOidc.mutate({ issuer: 'company', link: true }),
    ).rejects.toMatchObject(refusal('OUT_OF_SCOPE'));
  });
});

it('has no way to prove who they are, for users without a password, but to log in once more', async () => {
  const { register, finish, user, deps } = await startWithIssuers();
  const { client } = await register(ada, 'lovelace');
  const old = { confirmedAt: new Date(deps.clock() - 11 * 60_000) };
  await deps.db.session.updateMany({ data: old });
  await expect(client.auth.startTotp.mutate({})).rejects.toMatchObject(refusal('PROOF_REQUIRED'));
  expect(await client.auth.startConfirm.mutate()).toEqual({ methods: [], passkey: null });
  await finish(ada, { client, link: true });
  await client.auth.startTotp.mutate({});
  const bob = await user('bob');
  expect(await bob.client.auth.startConfirm.mutate()).toMatchObject({ methods: ['password'] });
});

describe('unlinking', () => {
  it('ends the other sessions of that log-in, and no others', async () => {
    const { user, finish, client: clientOf } = await startWithIssuers();
    const { client } = await user('ada');
    await finish(ada, { client, link: true });
    const other = clientOf(tokenOf(await finish(ada)));
    await other.auth.me.query();
    const [identity] = (await client.auth.listOidc.query()).identities;
    const id = identity?.id ?? 0;
    const { client: mallory } = await user('mallory');
    await expect(mallory.auth.unlinkOidc.mutate({ id })).rejects.toMatchObject(refusal('IDENTITY_NOT_FOUND'));
    await client.auth.unlinkOidc.mutate({ id });
    await expect(other.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
    await client.auth.me.query();
    await expect(client.auth.unlinkOidc.mutate({ id })).rejects.toMatchObject(refusal('IDENTITY_NOT_FOUND'));
    expect(await finish(ada)).toMatchObject({ status: 'new', account: 'ada' });
  });

  it('needs a proof of the last ten minutes, which going there once more gives', async () => {
    const { register, finish, clock } = await startWithIssuers();
    const { client } = await register(ada, 'ada');
    await client.auth.changePassword.mutate({ newPassword: 'a new password' });
    const [identity] = (await client.auth.listOidc.query()).identities;
    const unlink = () => client.auth.unlinkOidc.mutate({ id: identity?.id ?? 0 });
    clock.advance(proofMs);
    await expect(unlink()).rejects.toMatchObject(refusal('PROOF_REQUIRED'));
    expect(await finish(ada, { client, link: true })).toMatchObject({ status: 'linked' });
    await unlink();
  });

  it('ends what is under way to prove it: nothing else is linked in its place', async () => {
    const { user, arrive, finish, clock, client: clientOf } = await startWithIssuers();
    const { username, password, client: stolen } = await user('ada');
    await finish(ada, { client: stolen, link: true });
    clock.advance(2 * proofMs);
    const { token } = await stolen.auth.login.mutate({ username, password });
    const owner = clientOf(token);
    const back = await arrive({ ...ada, id: 'eve-at-company' }, { client: stolen, link: true });
    const [identity] = (await owner.auth.listOidc.query()).identities;
    await owner.auth.unlinkOidc.mutate({ id: identity?.id ?? 0 });
    await expect(stolen.auth.finishOidc.mutate(back)).rejects.toMatchObject(refusal('PROOF_REQUIRED'));
  });

  it.each<[string, (setting: OidcIssuer) => OidcIssuer[]]>([
    ['has no more', () => []],
    ['has by another id', (setting) => [{ ...setting, id: 'renamed' }]],
    ['has replaced by another', (setting) => [{ ...setting, url: 'https://new.example' }]],
  ])('ends the sessions of a log-in whose issuer the server %s', async (_name, change) => {
    const { register, finish, client: clientOf, deps, clock, issuer, user } = await startWithIssuers();
    const { client } = await register(ada, 'ada');
    await client.auth.changePassword.mutate({ newPassword: 'a new password' });
    const login = await clientOf().auth.login.mutate({ username: 'ada', password: 'a new password' });
    const here = clientOf(login.token ?? '');
    const there = clientOf(tokenOf(await finish(ada)));
    const bob = await user('bob');
    // As a server has it that is started with other settings.
    Object.assign(deps, { issuers: { ...deps.issuers, all: change(issuer.setting) } });
    clock.advance(60_000);
    await deps.db.identity.create({
      data: {
        username: 'ada',
        issuer: 'https://new.example',
        subject: 'ada',
        createdAt: new Date(clock()),
      },
    });
    const [identity] = (await here.auth.listOidc.query()).identities;
    await here.auth.unlinkOidc.mutate({ id: identity?.id ?? 0 });
    for (const ended of [client, there])
      await expect(ended.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
    for (const open of [here, bob.client]) await open.auth.me.query();
  });

  it('keeps the sessions of the other log-ins', async () => {
    const { register, finish, client: clientOf, issuers } = await startWithIssuers({}, ['company', 'school']);
    const { client } = await register(ada, 'ada');
    const [, at] = issuers;
    await finish(ada, { client, link: true, ...(at && { at }) });
    const other = clientOf(tokenOf(await finish(ada, { ...(at && { at }) })));
    const [company] = (await client.auth.listOidc.query()).identities;
    await client.auth.unlinkOidc.mutate({ id: company?.id ?? 0 });
    await other.auth.me.query();
  });

  it('leaves an account a way in, also of two at the same time', async () => {
    const { register, finish, issuers, deps } = await startWithIssuers({}, ['company', 'school']);
    const { client } = await register(ada, 'ada');
    const unlinkAll = async () => {
      const { identities } = await client.auth.listOidc.query();
      return tally(identities.map(({ id }) => client.auth.unlinkOidc.mutate({ id })));
    };
    expect(await unlinkAll()).toEqual({ LAST_WAY_IN: 1 });
    const [, at] = issuers;
    await finish(ada, { client, link: true, ...(at && { at }) });
    expect(await unlinkAll()).toEqual({ ok: 1, LAST_WAY_IN: 1 });
    // One that the settings have no more is no way in.
    await deps.db.identity.create({
      data: { username: 'ada', issuer: 'https://gone.example', subject: 'ada', createdAt: new Date() },
    });
    expect(await unlinkAll()).toEqual({ ok: 1, LAST_WAY_IN: 1 });
    await client.auth.changePassword.mutate({ newPassword: 'a new password' });
    expect(await unlinkAll()).toEqual({ ok: 1 });
    expect(await client.auth.listOidc.query()).toEqual({ hasPassword: true, identities: [] });
  });
});
