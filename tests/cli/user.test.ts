import { describe, expect, it } from 'vitest';
import { reasonOf } from '../../src/client/index.ts';
import { newPassword } from '../../src/server/services/accounts/accounts.ts';
import { refused, runCommand, runJson } from '../support/command.ts';
import { addPasskey, addTotp } from '../support/factors.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { refusal } from '../support/refusal.ts';

interface Account {
  username: string;
  email: string;
  disabledAt: string | null;
  password?: string;
}

describe('mirage user add', () => {
  it('creates an account with a password from standard input, which works on the running server', async () => {
    const mirage = await startMirage();
    const outcome = await runCommand(['user', 'add', '  carla ', '--email', 'c@x', '--password-stdin'], {
      ...mirage,
      stdin: 'two words\n',
    });
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: 'added carla\n' });
    const { token } = await mirage.client().auth.login.mutate({ username: 'carla', password: 'two words' });
    expect(await mirage.client(token).auth.me.query()).toMatchObject({ username: 'carla', email: 'c@x' });
  });

  it('generates passwords that programs do not mistake for options', () => {
    const passwords = Array.from({ length: 1000 }, () => newPassword());
    expect(passwords.filter((password) => !/^[a-z2-9]{24}$/.test(password))).toEqual([]);
    expect(new Set(passwords).size).toBe(1000);
  });

  it('generates a password and prints nothing else', async () => {
    const mirage = await startMirage();
    const { stdout } = await runCommand(['user', 'add', 'carla', '--email', 'c@x', '--generate'], mirage);
    expect(stdout).toMatch(/^[a-z2-9]{24}\n$/);
    await mirage.client().auth.login.mutate({ username: 'carla', password: stdout.trim() });
    const [account] = await runJson<Account>(['user', 'add', 'dora', '--email', 'd@x', '--generate'], mirage);
    await mirage.client().auth.login.mutate({ username: 'dora', password: account?.password ?? '' });
  });

  it.each([
    ['a name that is taken', ['alice', '--email', 'new@x'], /username is taken/],
    ['an address that is taken', ['new', '--email', 'alice@example.com'], /email address is taken/],
    [
      'one that is taken in another spelling',
      ['new', '--email', 'Alice@example.c\uff4fm'],
      /email address is taken/,
    ],
    [
      'a name that is too long',
      ['n'.repeat(101), '--email', 'new@x'],
      /the name has more than 100 characters/,
    ],
    ['an empty name', ['  ', '--email', 'new@x'], /the name must not be empty/],
    ['an empty address', ['new', '--email', ' '], /the e-mail address must not be empty/],
    [
      'an address that is too long',
      ['new', '--email', `${'n'.repeat(16_384)}@x`],
      /the e-mail address has more than 16384 characters/,
    ],
  ])('refuses %s', async (_, args, message) => {
    const mirage = await startMirage();
    await mirage.user('alice');
    expect(await runCommand(['user', 'add', ...args, '--generate'], mirage)).toEqual(refused(message));
    expect(await mirage.deps.db.user.count()).toBe(1);
  });

  it('refuses an empty password, and to prompt without a terminal', async () => {
    const mirage = await startMirage();
    const args = ['user', 'add', 'carla', '--email', 'c@x'];
    expect(await runCommand([...args, '--password-stdin'], mirage)).toEqual(
      refused(/the password must not be empty/),
    );
    expect(await runCommand(args, mirage)).toEqual(
      refused(/no terminal to prompt on: use --password-stdin or --generate/),
    );
    expect(await mirage.deps.db.user.count()).toBe(0);
  });

  it('accepts no password as an argument', async () => {
    const mirage = await startMirage();
    const outcome = await runCommand(
      ['user', 'add', 'carla', '--email', 'c@x', '--password', 'secret'],
      mirage,
    );
    expect(outcome.code).toBe(2);
  });
});

it('checks addresses and passwords as auth.register does', async () => {
  const mirage = await startMirage();
  const longest = 16_384;
  const tooLong = 'x'.repeat(longest + 1);
  const pairs: [email: string, password: string][] = [
    ['', 'secret'],
    ['   ', 'secret'],
    [tooLong, 'secret'],
    ['a', ''],
    ['b', tooLong],
    ['c', '12345678'],
    [' d ', ' a b c d '],
  ];
  for (const [index, [email, password]] of pairs.entries()) {
    const error = await mirage
      .client()
      .auth.register.mutate({ username: `api-${index}`, email: email.trim() && `1${email}`, password })
      .catch((refused: unknown) => refused);
    const isRegistered = !(error instanceof Error);
    if (!isRegistered) expect(reasonOf(error)).toMatch(/^(INVALID_INPUT|WEAK_PASSWORD)$/);
    const args = ['user', 'add', `cli-${index}`, '--email', email.trim() && `2${email}`, '--password-stdin'];
    const { code } = await runCommand(args, { ...mirage, stdin: password });
    expect([index, code]).toEqual([index, isRegistered ? 0 : 1]);
  }
});

describe('mirage user list', () => {
  it('lists any number of users in columns or as JSON lines', async () => {
    const mirage = await startMirage();
    const data = Array.from({ length: 1200 }, (_, index) => ({
      username: `user ${index}`,
      email: `${index}@x`,
      password: 'none',
    }));
    await mirage.deps.db.user.createMany({ data });
    const accounts = await runJson<Account>(['user', 'list'], mirage);
    expect(accounts.map(({ username }) => username)).toEqual(data.map(({ username }) => username));
    const { stdout } = await runCommand(['user', 'list'], mirage);
    expect(stdout.split('\n')).toHaveLength(1202);
    expect(stdout).toMatch(/^id +username +email +created +disabled +bot\n1 +user 0 +0@x +\d{4}-\d\d-\d\d/);
    expect(stdout + JSON.stringify(accounts)).not.toMatch(/none|password/);
  });

  it('shows control characters instead of sending them to the terminal', async () => {
    const mirage = await startMirage();
    await mirage.user('red\u001b[31m');
    const { stdout } = await runCommand(['user', 'list'], mirage);
    expect(stdout).toContain('red\\u001b[31m');
  });
});

describe('mirage user disable', () => {
  it.each(transports)(
    'ends sessions and subscriptions (%s) at the running server, and lets nobody in',
    async (transport) => {
      const { alice, bob, roomId, say, ...mirage } = await startRoom();
      const live = liveClient({ url: mirage.url, token: bob.token, transport });
      const room = live.room(roomId);
      const inbox = live.inbox();
      await Promise.all([room.started(), inbox.started()]);
      await bob.client.auth.me.query(); // so that the server has the session in memory

      const outcome = await runCommand(['user', 'disable', 'bob', '--yes'], mirage);
      expect(outcome).toEqual({ code: 0, stdout: '', stderr: 'disabled bob\n' });
      await expect(bob.client.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
      await Promise.all([room.ended(), inbox.ended()]);
      expect([...room.ends, ...inbox.ends]).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED']);
      await say('not for bob');
      expect(room.words).toEqual([]);

      const { username, password } = bob;
      await expect(mirage.client().auth.login.mutate({ username, password })).rejects.toMatchObject(
        refusal('USER_DISABLED'),
      );
      // To those who do not know the password it is an account like any other.
      await expect(mirage.client().auth.login.mutate({ username, password: 'guess' })).rejects.toMatchObject(
        refusal('INVALID_CREDENTIALS'),
      );
      expect(await mirage.rest('POST', '/api/login', { username, password })).toEqual([
        401,
        { error: 'wrong password' },
      ]);
      expect(await alice.client.auth.me.query()).toMatchObject({ username: 'alice' });
      expect(await mirage.deps.db.session.count({ where: { username } })).toBe(0);
    },
  );

  it('also ends a session that a concurrent login opens', async () => {
    const mirage = await startMirage();
    const { username, password } = await mirage.user('bob');
    const disabling = runCommand(['user', 'disable', 'bob', '--yes'], mirage);
    let done = false;
    void disabling.then(() => {
      done = true;
    });
    const tokens: string[] = [];
    while (!done)
      await mirage
        .client()
        .auth.login.mutate({ username, password })
        .then(
          ({ token }) => tokens.push(token ?? ''),
          () => {},
        );
    expect(tokens.length).toBeGreaterThan(0);
    for (const token of tokens)
      await expect(mirage.client(token).auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
    expect(await mirage.deps.db.session.count()).toBe(0);
  });

  it('requires --yes without a terminal, and refuses an unknown user', async () => {
    const mirage = await startMirage();
    const { client } = await mirage.user('bob');
    expect(await runCommand(['user', 'disable', 'bob'], mirage)).toEqual(
      refused(/Use --yes: there is no terminal/),
    );
    expect(await runCommand(['user', 'disable', 'Bob', '--yes'], mirage)).toEqual(refused(/user not found/));
    expect(await client.auth.me.query()).toMatchObject({ username: 'bob' });
  });

  it('is undone by enable, which leaves the old sessions ended', async () => {
    const mirage = await startMirage();
    const { username, password, client } = await mirage.user('bob');
    const disabled = { username, disabledAt: expect.any(String) };
    for (let time = 0; time < 2; time += 1)
      expect(await runJson(['user', 'disable', 'bob', '--yes'], mirage)).toMatchObject([disabled]);
    expect((await runJson<Account>(['user', 'list'], mirage))[0]?.disabledAt).toEqual(expect.any(String));
    expect(await runJson(['user', 'enable', 'bob'], mirage)).toMatchObject([{ username, disabledAt: null }]);
    await expect(client.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
    const { token } = await mirage.client().auth.login.mutate({ username, password });
    expect(await mirage.client(token).auth.me.query()).toMatchObject({ username });
    expect(await runCommand(['user', 'enable', 'nobody'], mirage)).toEqual(refused(/user not found/));
  });
});

describe('mirage user reset-password', () => {
  it('sets a new password and ends only the sessions of this user', async () => {
    const mirage = await startMirage();
    const alice = await mirage.user('alice');
    const bob = await mirage.user('bob');
    const outcome = await runCommand(['user', 'reset-password', 'bob', '--password-stdin'], {
      ...mirage,
      stdin: 'brand new',
    });
    expect(outcome).toMatchObject({ code: 0, stdout: '' });
    await expect(bob.client.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
    const login = (password: string) => mirage.client().auth.login.mutate({ username: 'bob', password });
    await expect(login(bob.password)).rejects.toMatchObject(refusal('INVALID_CREDENTIALS'));
    expect(await login('brand new')).toMatchObject({ username: 'bob' });
    expect(await alice.client.auth.me.query()).toMatchObject({ username: 'alice' });

    const [made] = await runJson<Account>(['user', 'reset-password', 'bob', '--generate'], mirage);
    expect(await login(made?.password ?? '')).toMatchObject({ username: 'bob' });
  });

  it('refuses a weak password and an unknown user', async () => {
    const mirage = await startMirage();
    const bob = await mirage.user('bob');
    const weak = await runCommand(['user', 'reset-password', 'bob', '--password-stdin'], {
      ...mirage,
      stdin: 'football',
    });
    expect(weak).toEqual(refused(/at least 8 characters/));
    await bob.client.auth.me.query();
    const outcome = await runCommand(['user', 'reset-password', 'nobody', '--generate'], mirage);
    expect(outcome).toEqual(refused(/user not found/));
  });
});

describe('mirage user factors and reset-factors', () => {
  it('list and remove second factors, and end the sessions of this user alone', async () => {
    const mirage = await startMirage();
    const alice = await mirage.user('alice');
    const bob = await mirage.user('bob');
    expect(await runJson(['user', 'factors', 'bob'], mirage)).toEqual([]);
    const { secret, recoveryCodes } = await addTotp(bob.client, mirage.clock);
    await addPasskey(bob.client);
    const { token } = await bob.client.auth.createToken.mutate({ name: 'script', scopes: ['chat:read'] });
    const listed = await runJson(['user', 'factors', 'bob'], mirage);
    const at = expect.any(String);
    expect(listed).toEqual([
      { kind: 'app', name: null, createdAt: at, lastUsedAt: null, left: null },
      { kind: 'passkey', name: 'Laptop', createdAt: at, lastUsedAt: null, left: null },
      { kind: 'recovery codes', name: null, createdAt: null, lastUsedAt: null, left: 10 },
    ]);
    expect(JSON.stringify(listed)).not.toContain(secret);
    expect(JSON.stringify(listed)).not.toContain(recoveryCodes[0]);

    expect((await runCommand(['user', 'reset-factors', 'bob'], mirage)).code).not.toBe(0); // nobody has confirmed
    await bob.client.auth.me.query();
    expect(await runJson(['user', 'reset-factors', 'bob', '--yes'], mirage)).toEqual([{ username: 'bob' }]);
    await expect(bob.client.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
    await alice.client.auth.me.query();
    await mirage.client(token).auth.me.query();
    const { username, password } = bob;
    const login = await mirage.client().auth.login.mutate({ username, password });
    expect(login).toMatchObject({ token: expect.any(String) });
    expect(await runJson(['user', 'factors', 'bob'], mirage)).toEqual([]);
    for (const command of ['factors', 'reset-factors'])
      expect(await runCommand(['user', command, 'nobody'], mirage)).toEqual(refused(/user not found/));
  });
});

describe('mirage user reset-link', () => {
  const env = { PUBLIC_URL: 'https://chat.example/app' };

  it('prints a link for a new password, which works once and verifies no address', async () => {
    const mirage = await startMirage();
    const bob = await mirage.user('bob');
    const { stdout } = await runCommand(['user', 'reset-link', 'bob'], { ...mirage, env });
    const [, token = ''] = /^https:\/\/chat\.example\/app\/#\/reset\/([\w-]{43})\n$/.exec(stdout) ?? [];
    await bob.client.auth.me.query();
    const reset = () => mirage.client().auth.resetPassword.mutate({ token, newPassword: 'a new password' });
    expect(await reset()).toEqual({ username: 'bob' });
    await expect(reset()).rejects.toMatchObject(refusal('LINK_EXPIRED'));
    await expect(bob.client.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
    const login = await mirage.client().auth.login.mutate({ username: 'bob', password: 'a new password' });
    expect(await mirage.client(login.token).auth.me.query()).toMatchObject({ emailVerified: false });
    const [printed] = await runJson<{ username: string; link: string }>(['user', 'reset-link', 'bob'], {
      ...mirage,
      env,
    });
    expect(printed).toEqual({ username: 'bob', link: expect.stringContaining('/#/reset/') });
  });

  it('refuses without PUBLIC_URL, and for unknown, disabled, host and bot accounts', async () => {
    const mirage = await startMirage();
    for (const name of ['bob', 'carol', 'dora', 'courier']) await mirage.user(name);
    await mirage.deps.db.user.update({ where: { username: 'carol' }, data: { disabledAt: new Date() } });
    await mirage.deps.db.user.update({ where: { username: 'dora' }, data: { fromHost: true } });
    await mirage.deps.db.user.update({ where: { username: 'courier' }, data: { isBot: true } });
    const link = (name: string, given = {}) =>
      runCommand(['user', 'reset-link', name], { ...mirage, env: given });
    expect(await link('bob')).toEqual(refused(/PUBLIC_URL/));
    expect(await link('nobody', env)).toEqual(refused(/user not found/));
    expect(await link('carol', env)).toEqual(refused(/this account is disabled/));
    expect(await link('dora', env)).toEqual(refused(/managed by the application/));
    expect(await link('courier', env)).toEqual(refused(/a bot has no password/));
    expect(await mirage.deps.db.linkToken.count()).toBe(0);
  });
});

it('mirage user show and verify-email tell and set whether an address is verified', async () => {
  const mirage = await startMirage();
  await mirage.user('bob');
  await mirage.deps.db.user.updateMany({ data: { pendingEmail: 'new@example.com' } });
  const show = () => runJson<Account>(['user', 'show', 'bob'], mirage);
  const bob = { username: 'bob', email: 'bob@example.com', pendingEmail: 'new@example.com' };
  expect(await show()).toMatchObject([{ ...bob, emailVerifiedAt: null }]);
  expect((await runCommand(['user', 'show', 'bob'], mirage)).stdout).toMatch(
    /verified +new email +log-in\n1 +bob .* - +new@example\.com +password\n$/,
  );
  expect(await runCommand(['user', 'verify-email', 'bob'], mirage)).toMatchObject({ code: 0, stdout: '' });
  expect(await show()).toMatchObject([{ ...bob, emailVerifiedAt: expect.any(String) }]);
  for (const command of ['show', 'verify-email'])
    expect(await runCommand(['user', command, 'nobody'], mirage)).toEqual(refused(/user not found/));
});

describe('mirage user sessions', () => {
  it('lists the open sessions of a user and no secret', async () => {
    const mirage = await startMirage();
    const { username, password, token } = await mirage.user('bob');
    await mirage.user('alice');
    await mirage.client().auth.login.mutate({ username, password, device: 'laptop' });
    const sessions = await runJson<{ id: number; device: string | null }>(
      ['user', 'sessions', 'bob'],
      mirage,
    );
    expect(sessions).toHaveLength(2);
    expect(Object.keys(sessions[0] ?? {})).toEqual(['id', 'device', 'method', 'createdAt', 'expiresAt']);
    expect(sessions.map(({ device }) => device)).toEqual([null, 'laptop']);
    expect((await runCommand(['user', 'sessions', 'bob'], mirage)).stdout).toMatch(
      /\d +laptop +password +\d{4}-/,
    );
    await mirage.client(token).auth.logout.mutate();
    expect(await runJson(['user', 'sessions', 'bob'], mirage)).toEqual([sessions[1]]);
    expect(await runCommand(['user', 'sessions', 'nobody'], mirage)).toEqual(refused(/user not found/));
  });
});

it('says how to create a missing database and does not create it', async () => {
  const folder = await temporaryFolder();
  expect(await runCommand(['user', 'list'], { folder })).toEqual(
    refused(/there is no database .* `mirage serve`/),
  );
  expect(await runCommand(['user', 'list'], { folder, env: { PORT: 'http' } })).toEqual(
    refused(/PORT must be/),
  );
});

it('mirage user remove-avatar removes it at once', async () => {
  const mirage = await startMirage();
  const { client } = await mirage.user('bob');
  await client.users.updateProfile.mutate({ avatarUrl: 'https://example.com/rude.png' });
  expect(await runCommand(['user', 'remove-avatar', 'bob', '--yes'], mirage)).toEqual({
    code: 0,
    stdout: '',
    stderr: 'removed the avatar of bob\n',
  });
  expect(await client.auth.me.query()).toMatchObject({ avatarUrl: null });
  expect(await runCommand(['user', 'remove-avatar', 'Bob', '--yes'], mirage)).toEqual(
    refused(/user not found/),
  );
});

it('mirage user show tells how its owner can log in, and unlink takes a log-in away', async () => {
  const mirage = await startMirage();
  const { client } = await mirage.user('ada');
  const issuer = 'https://login.example';
  const { id } = await mirage.deps.db.identity.create({
    data: { username: 'ada', issuer, subject: 'ada', createdAt: new Date() },
  });
  const oidc = [{ id: 'company', label: 'Company', issuer, clientId: 'mirage' }];
  const place = {
    ...mirage,
    env: { OIDC_ISSUERS: JSON.stringify(oidc), PUBLIC_URL: 'https://chat.example' },
  };
  expect((await runCommand(['user', 'show', 'ada'], place)).stdout).toContain(`password, company (${id})`);
  const unlink = ['user', 'unlink', 'ada', String(id), '--yes'];
  expect(await runCommand(['user', 'unlink', 'ada', 'company'], place)).toEqual(refused(/must be a number/));
  expect(await runCommand(['user', 'unlink', 'bob', String(id), '--yes'], place)).toEqual(
    refused(/user not found/),
  );
  expect((await runCommand(unlink, place)).stderr).toBe('unlinked a log-in from ada\n');
  expect(await runCommand(unlink, place)).toEqual(refused(/linked log-in not found/));
  expect(await client.auth.listOidc.query()).toEqual({ hasPassword: true, identities: [] });
  expect(await runJson(['user', 'show', 'ada'], mirage)).toMatchObject([{ hasPassword: true }]);
});
