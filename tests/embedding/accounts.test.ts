import { describe, expect, it } from 'vitest';
import {
  addAccount,
  disableAccount,
  enableAccount,
  resetPassword,
} from '../../src/server/services/accounts/accounts.ts';
import { refusal } from '../support/refusal.ts';
import { tokenOf } from '../support/token-of.ts';
import { ada, bob, call, fakeHost, recordedLog, startHost } from './support.ts';

const users = { 'token of ada': ada, 'token of bob': bob };
const secondMs = 1000;
const account = { username: 'ada', email: 'ada@example.com', password: 'correct horse' };
const managed = refusal('MANAGED_BY_HOST');
const legacyRefusal = {
  status: 403,
  body: { error: 'accounts are managed by the application that this chat is part of' },
};

async function post(url: string, path: string, body: object, token?: string) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: token }) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

describe('with a host', () => {
  it('nobody registers or logs in with a password, unless the host allows it', async () => {
    const { url, client, deps } = await startHost(fakeHost(users));
    await addAccount(deps, { ...account, username: 'carol' });
    const { username, password } = { ...account, username: 'carol' };
    await expect(client().auth.register.mutate(account)).rejects.toMatchObject(managed);
    await expect(client().auth.login.mutate({ username, password })).rejects.toMatchObject(managed);
    expect(await post(url, '/api/register', account)).toEqual(legacyRefusal);
    expect(await post(url, '/api/login', { username, password })).toEqual(legacyRefusal);

    const open = await startHost({ ...fakeHost(users), ownAccounts: true });
    await open.client().auth.register.mutate({ ...account, username });
    const token = await tokenOf(open.client().auth.login.mutate({ username, password }));
    expect(await open.client(token).auth.me.query()).toMatchObject({ username });
    expect(await open.client('token of ada').auth.me.query()).toMatchObject({ username: 'ada' });
  });

  it('a host account has no password and cannot get one', async () => {
    const { url, client } = await startHost({ ...fakeHost(users), ownAccounts: true });
    const mirage = client('token of ada');
    await mirage.auth.me.query();
    await expect(mirage.auth.changePassword.mutate({ newPassword: 'a new password' })).rejects.toMatchObject(
      managed,
    );
    expect(await post(url, '/api/user/settings', { password: 'x' }, 'token of ada')).toEqual(legacyRefusal);
    for (const password of ['', 'x', '!'])
      await expect(client().auth.login.mutate({ username: 'ada', password })).rejects.toMatchObject({
        name: 'TRPCClientError',
      });
    await expect(client().auth.register.mutate(account)).rejects.toMatchObject(refusal('USERNAME_TAKEN'));
  });

  it('a host user with the same name does not take over an existing account', async () => {
    const host = fakeHost(users);
    const { log, lines } = recordedLog();
    const { url, client } = await startHost({ ...host, log, ownAccounts: true });
    await client().auth.register.mutate(account);
    const token = await tokenOf(client().auth.login.mutate(account));
    expect(await call(url, 'token of ada')).toMatchObject({
      status: 403,
      body: {
        error: {
          message: 'a local account has this name',
          data: { reason: 'MANAGED_BY_HOST' },
        },
      },
    });
    expect(lines).toContainEqual(expect.objectContaining({ level: 50, username: 'ada' }));
    expect(await client(token).auth.me.query()).toMatchObject({ email: account.email, avatarUrl: null });
    const rest = await fetch(`${url}/api/rooms`, { headers: { authorization: 'token of ada' } });
    expect(rest.status).toBe(401);
  });

  it('a host user takes over an existing account with adoptAccounts, and its sessions end', async () => {
    const host = fakeHost(users);
    const { deps, client, mirage } = await startHost({ ...host, adoptAccounts: true });
    await addAccount(deps, account);
    await deps.db.session.create({
      data: { tokenHash: 'of before', username: 'ada', expiresAt: new Date(Date.now() + 1e6) },
    });
    const createdAt = new Date();
    await deps.db.totp.create({ data: { username: 'ada', secret: '', createdAt, confirmedAt: createdAt } });
    expect(await client('token of ada').auth.me.query()).toMatchObject({
      username: 'ada',
      email: 'ada@host.example',
    });
    // The host asks for second factors of its own.
    expect(await deps.db.totp.count()).toBe(0);
    const { auth } = client('token of ada');
    for (const call of [() => auth.startTotp.mutate({}), () => auth.startConfirm.mutate()])
      await expect(call()).rejects.toMatchObject(managed);
    expect((await auth.listSessions.query())[0]?.method).toBe('host');
    expect(await deps.db.session.count({ where: { tokenHash: 'of before' } })).toBe(0);
    expect((await deps.db.user.findMany()).map(({ fromHost }) => fromHost)).toEqual([true]);
    expect(mirage.deps.host?.ownAccounts).toBe(false);
  });

  it('a name is taken for registration and for host users alike', async () => {
    const both = { ...fakeHost(users), ownAccounts: true, adoptAccounts: true };
    await expect(startHost(both)).rejects.toThrow('cannot both be set');
  });

  it.each([
    ['with white space at its ends', ' ada'],
    ['that is empty', ''],
    ['of 101 characters', 'a'.repeat(101)],
    ['with U+0000', 'a\0da'],
    ['that is not text', 7 as unknown as string],
  ])('a user with a name %s is refused, and the log says why', async (_, username) => {
    const { log, lines } = recordedLog();
    const { url, deps } = await startHost({ ...fakeHost({ token: { username } }), log });
    expect(await call(url, 'token')).toMatchObject({
      status: 403,
      body: { error: { message: 'this user name is not supported' } },
    });
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 50, issues: [expect.stringMatching(/^username: /)] }),
    );
    expect(await deps.db.user.count()).toBe(0);
  });

  it('a host user whose e-mail address is taken is admitted without one', async () => {
    const host = fakeHost({ ...users, 'token of eve': { username: 'eve', email: ada.email } });
    const { client } = await startHost(host);
    await client('token of ada').auth.me.query();
    expect(await client('token of eve').auth.me.query()).toMatchObject({ username: 'eve', email: '' });
    expect(await client('token of ada').auth.me.query()).toMatchObject({ email: ada.email });
  });

  it('a token that now belongs to another user ends the session of the first', async () => {
    const host = fakeHost(users);
    const { client, clock } = await startHost(host);
    await client('token of ada').auth.me.query();
    host.tokens.set('token of ada', { username: 'grace' });
    clock.advance(30 * secondMs);
    await expect(client('token of ada').auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
    clock.advance(5 * secondMs);
    expect(await client('token of ada').auth.me.query()).toMatchObject({ username: 'grace' });
  });

  it('an administrator can disable a host user, and set a password for the account', async () => {
    const host = fakeHost({ ...users, 'another of ada': ada });
    const { client, deps } = await startHost({ ...host, ownAccounts: true });
    await client('token of ada').auth.me.query();
    await disableAccount(deps, 'ada');
    await expect(client('token of ada').auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
    await expect(client('another of ada').auth.me.query()).rejects.toMatchObject(refusal('USER_DISABLED'));
    await enableAccount(deps, 'ada');
    expect(await client('another of ada').auth.me.query()).toMatchObject({ username: 'ada' });

    await resetPassword(deps, { username: 'ada', password: 'a new one' });
    const token = await tokenOf(client().auth.login.mutate({ username: 'ada', password: 'a new one' }));
    expect(await client(token).auth.me.query()).toMatchObject({ username: 'ada' });
    await expect(client('another of ada').auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
  });

  it('a Mirage without its host rejects host tokens', async () => {
    const { deps } = await startHost(fakeHost(users));
    const { findSession } = await import('../../src/server/services/sessions/authenticate.ts');
    expect(await findSession(deps, 'token of ada', 'here')).toMatchObject({ username: 'ada' });
    expect(await findSession({ ...deps, host: undefined }, 'token of ada', 'here')).toBeNull();
  });
});

it('refused users cannot flood the host and the log', async () => {
  const host = fakeHost({ token: { username: ' ada' } });
  const { url } = await startHost({ ...host, config: { rateLimit: true } });
  const statuses = new Set<number>();
  for (let count = 0; count < 310; count += 10)
    for (const { status } of await Promise.all(
      Array.from({ length: 10 }, (_, index) => call(url, index < 1 ? 'token' : `guess ${count} ${index}`)),
    ))
      statuses.add(status);
  expect(statuses).toContain(429);
  expect((await call(url, 'token')).status).toBe(429);
});
