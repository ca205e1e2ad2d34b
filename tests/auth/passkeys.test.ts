import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/server/core/config.ts';
import { createMemoryKnownCallers } from '../../src/server/infra/limits/known-callers.ts';
import { limits } from '../../src/server/infra/limits/rate-limits.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { addPasskey, addTotp, stepOf } from '../support/factors.ts';
import { startMirage } from '../support/harness.ts';
import { refusal, tally } from '../support/refusal.ts';

const minute = 60_000;
const invalid = refusal('INVALID_PASSKEY');

async function startWithPasskey(settings: Partial<Config> = {}) {
  const mirage = await startMirage(settings);
  const ada = await mirage.user('ada');
  const { device, recoveryCodes } = await addPasskey(ada.client);
  const { auth } = mirage.client();
  const logIn = async () => stepOf(await auth.login.mutate({ username: 'ada', password: ada.password }));
  const ask = () => auth.startPasskeyLogin.mutate();
  const enter = (passkey: ReturnType<typeof device.use>) =>
    auth.finishPasskeyLogin.mutate({ passkey, device: 'Phone' });
  return { ...mirage, ada, device, recoveryCodes, auth, logIn, ask, enter };
}

it('is a second factor after the password', async () => {
  const { ada, device, recoveryCodes, auth, logIn, client } = await startWithPasskey();
  expect(recoveryCodes).toHaveLength(10);
  const step = await logIn();
  expect(step).toMatchObject({
    methods: ['passkey', 'recovery'],
    passkey: {
      challenge: step.token,
      rpId: 'localhost',
      allowCredentials: [{ id: device.id, type: 'public-key', transports: ['internal'] }],
      userVerification: 'preferred',
    },
  });
  // The password is one factor, and the device the other.
  const passkey = device.use({ challenge: step.token }, { verifiesUser: false });
  const { token } = await auth.finishLogin.mutate({ challenge: step.token, passkey });
  expect((await client(token).auth.listSessions.query())[0]).toMatchObject({ method: 'password+passkey' });
  await expect(auth.finishLogin.mutate({ challenge: step.token, passkey })).rejects.toMatchObject(
    refusal('CHALLENGE_EXPIRED'),
  );
  expect(await ada.client.auth.listFactors.query()).toMatchObject({
    totp: null,
    passkeys: [{ id: 1, name: 'Laptop', lastUsedAt: expect.any(String) }],
  });
});

it('takes the place of name and password, of users who have an app as well', async () => {
  const { ada, device, ask, enter, client, clock } = await startWithPasskey();
  await addTotp(ada.client, clock);
  const asked = await ask();
  expect(asked).toMatchObject({ rpId: 'localhost', allowCredentials: [], userVerification: 'required' });
  const { token, username } = await enter(device.use(asked));
  expect(username).toBe('ada');
  const [session] = await client(token).auth.listSessions.query();
  expect(session).toMatchObject({ method: 'passkey', device: 'Phone' });
});

describe('a log-in with nothing but a passkey is refused', () => {
  it.each([
    ['that has not verified its user', { verifiesUser: false }],
    ['on a page of another site', { origin: 'https://evil.example' }],
    ['on a page that only looks like it', { origin: 'http://localhost.evil.example' }],
    ['for another domain', { domain: 'evil.example' }],
    ['whose count went back', { counter: 0 }],
  ])('%s', async (_, habits) => {
    const { device, ask, enter } = await startWithPasskey();
    await enter(device.use(await ask()));
    await expect(enter(device.use(await ask(), habits))).rejects.toMatchObject(invalid);
    await enter(device.use(await ask()));
  });

  it('that nobody has added', async () => {
    const { ask, enter } = await startWithPasskey();
    await expect(enter(createAuthenticator().use(await ask()))).rejects.toMatchObject(invalid);
  });

  it('with the signature of another device', async () => {
    const { device, ask, enter } = await startWithPasskey();
    const asked = await ask();
    const { response } = createAuthenticator().use(asked);
    const { id } = device;
    await expect(enter({ id, rawId: id, type: 'public-key' as const, response })).rejects.toMatchObject(
      invalid,
    );
  });

  it('after 5 minutes, and a second time, also of many at the same time', async () => {
    const { device, ask, enter, clock, deps } = await startWithPasskey();
    const late = await ask();
    clock.advance(5 * minute);
    await expect(enter(device.use(late))).rejects.toMatchObject(invalid);
    const passkey = device.use(await ask());
    const { ok } = await tally(Array.from({ length: 4 }, () => enter(passkey)));
    expect(ok).toBe(1);
    await expect(enter(passkey)).rejects.toMatchObject(invalid);
    // What was used is known until it has expired.
    expect(await deps.db.usedPasskeyChallenge.count()).toBeLessThan(5);
  });

  it('also a second time of a device that does not count', async () => {
    const { ada, ask, enter } = await startWithPasskey();
    const { device } = await addPasskey(ada.client, createAuthenticator({ counter: 0 }), 'Key');
    const passkey = device.use(await ask());
    expect(await tally(Array.from({ length: 4 }, () => enter(passkey)))).toEqual({
      ok: 1,
      INVALID_PASSKEY: 3,
    });
    await enter(device.use(await ask()));
  });

  it('with a challenge for something else, of somebody else, or made up', async () => {
    const { ada, device, enter, logIn } = await startWithPasskey();
    const { challenge: ofAdding } = await ada.client.auth.startPasskey.mutate({});
    const { passkey: ofConfirming } = await ada.client.auth.startConfirm.mutate();
    const { token: ofPassword } = await logIn();
    const others = [ofAdding, ofConfirming?.challenge ?? '', ofPassword, 'A'.repeat(54), ''];
    for (const challenge of others)
      await expect(enter(device.use({ challenge }))).rejects.toMatchObject(invalid);
  });

  it('of an account that is disabled, or whose users the host asks', async () => {
    const { device, ask, enter, deps } = await startWithPasskey();
    await deps.db.user.update({ where: { username: 'ada' }, data: { disabledAt: new Date() } });
    await expect(enter(device.use(await ask()))).rejects.toMatchObject(refusal('USER_DISABLED'));
    await deps.db.user.update({ where: { username: 'ada' }, data: { disabledAt: null, fromHost: true } });
    await expect(enter(device.use(await ask()))).rejects.toMatchObject(invalid);
  });

  it('after too many wrong ones from an address, but for users who are known there', async () => {
    const { device, ask, enter, deps } = await startWithPasskey({ rateLimit: true });
    const { attempts } = limits.passwordsFromAddress;
    const stranger = createAuthenticator();
    const asked = await ask();
    expect(await tally(Array.from({ length: attempts }, () => enter(stranger.use(asked))))).toEqual({
      INVALID_PASSKEY: attempts,
    });
    await expect(enter(stranger.use(asked))).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
    await enter(device.use(asked));
    Object.assign(deps, { knownCallers: createMemoryKnownCallers() });
    await expect(enter(device.use(await ask()))).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
  });
});

it('lets nobody finish the log-in of somebody else', async () => {
  const { user, client, device, auth, logIn } = await startWithPasskey();
  const bob = await user('bob');
  const { device: ofBob } = await addPasskey(bob.client);
  const { token: challenge } = await logIn();
  const finish = (passkey: ReturnType<typeof device.use>) => auth.finishLogin.mutate({ challenge, passkey });
  await expect(finish(ofBob.use({ challenge }))).rejects.toMatchObject(invalid);
  await expect(finish(device.use({ challenge: 'another' }))).rejects.toMatchObject(invalid);
  await finish(device.use({ challenge }));
  await expect(bob.client.auth.removePasskey.mutate({ id: 1 })).rejects.toMatchObject(
    refusal('FACTOR_NOT_FOUND'),
  );
  await expect(client().auth.removePasskey.mutate({ id: 1 })).rejects.toMatchObject(refusal('UNAUTHORIZED'));
});

describe('adding one', () => {
  it('takes what was asked for, once, for 5 minutes, and no passkey twice', async () => {
    const { ada, user, device, clock } = await startWithPasskey();
    const { auth } = ada.client;
    const add = (passkey: ReturnType<typeof device.make>, client = ada.client) =>
      client.auth.finishPasskey.mutate({ name: 'Another', passkey });
    const asked = await auth.startPasskey.mutate({});
    expect(asked).toMatchObject({
      rp: { name: 'Mirage', id: 'localhost' },
      user: { name: 'ada', id: expect.stringMatching(/^[\w-]{43}$/) },
      excludeCredentials: [{ id: device.id, type: 'public-key' }],
    });
    // What devices know an account by is always the same, and tells nobody whose it is.
    expect((await auth.startPasskey.mutate({})).user).toEqual(asked.user);
    await expect(add(device.make(asked))).rejects.toMatchObject(invalid);

    const bob = await user('bob');
    const another = createAuthenticator();
    await expect(add(another.make(await auth.startPasskey.mutate({})), bob.client)).rejects.toMatchObject(
      invalid,
    );
    for (const habits of [{ origin: 'https://evil.example' }, { domain: 'evil.example' }])
      await expect(add(another.make(await auth.startPasskey.mutate({}), habits))).rejects.toMatchObject(
        invalid,
      );
    const late = await auth.startPasskey.mutate({});
    clock.advance(5 * minute);
    await expect(add(another.make(late))).rejects.toMatchObject(invalid);

    const made = another.make(await auth.startPasskey.mutate({}), { verifiesUser: false });
    expect(await add(made)).toEqual({ recoveryCodes: null, token: null, username: 'ada' });
    await expect(add(made)).rejects.toMatchObject(invalid);
  });

  it('ends at 20', async () => {
    const { ada, deps } = await startWithPasskey();
    await deps.db.passkey.createMany({
      data: Array.from({ length: 19 }, (_, index) => ({
        ...{ username: 'ada', credentialId: `id ${index}`, publicKey: '', counter: 0n, name: 'Key' },
        createdAt: new Date(),
      })),
    });
    await expect(ada.client.auth.startPasskey.mutate({})).rejects.toMatchObject(refusal('PASSKEY_LIMIT'));
  });

  it('opens the session that waited for it where a second factor is required', async () => {
    const { client, user } = await startMirage({ requireSecondFactor: true });
    const bob = await user('bob');
    const { auth } = client();
    const step = stepOf(await auth.login.mutate({ username: 'bob', password: bob.password }));
    const challenge = step.token;
    const passkey = createAuthenticator().make(await auth.startPasskey.mutate({ challenge }));
    const { token } = await auth.finishPasskey.mutate({ challenge, name: 'Phone', passkey });
    const [session] = await client(token).auth.listSessions.query();
    expect(session).toMatchObject({ method: 'password+passkey' });
    await expect(client(token).auth.removePasskey.mutate({ id: 1 })).rejects.toMatchObject(
      refusal('SECOND_FACTOR_REQUIRED'),
    );
  });
});

it('proves who the user is, once for each challenge', async () => {
  const { ada, device, clock } = await startWithPasskey();
  const { auth } = ada.client;
  clock.advance(10 * minute);
  await expect(auth.removePasskey.mutate({ id: 1 })).rejects.toMatchObject(refusal('PROOF_REQUIRED'));
  const { methods, passkey: asked } = await auth.startConfirm.mutate();
  expect(methods).toEqual(['passkey', 'code']);
  const passkey = device.use(asked ?? { challenge: '' }, { verifiesUser: false });
  await auth.confirm.mutate({ passkey });
  await expect(auth.confirm.mutate({ passkey })).rejects.toMatchObject(invalid);
  await auth.removePasskey.mutate({ id: 1 });
});

describe('the site', () => {
  const start = async (publicUrl: string | undefined) => {
    const mirage = await startMirage({ publicUrl });
    const { passkeyDomain } = await mirage.client().server.info.query();
    return { ...mirage, passkeyDomain };
  };

  it('is that of PUBLIC_URL, whatever the request says', async () => {
    const { url, passkeyDomain, client, user } = await start('https://chat.example/app');
    expect(passkeyDomain).toBe('chat.example');
    const response = await fetch(`${url}/trpc/auth.startPasskeyLogin`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-host': 'evil.example',
        origin: 'https://evil.example',
      },
    });
    expect(await response.json()).toMatchObject({ result: { data: { rpId: 'chat.example' } } });

    const { auth } = client((await user('ada')).token);
    const right = { origin: 'https://chat.example', domain: 'chat.example' };
    const device = createAuthenticator(right);
    for (const origin of ['http://localhost:5000', 'http://chat.example', 'https://chat.example:444']) {
      const passkey = device.make(await auth.startPasskey.mutate({}), { origin });
      await expect(auth.finishPasskey.mutate({ name: 'Phone', passkey })).rejects.toMatchObject(invalid);
    }
    const passkey = device.make(await auth.startPasskey.mutate({}));
    await auth.finishPasskey.mutate({ name: 'Phone', passkey });
    await client().auth.finishPasskeyLogin.mutate({
      passkey: device.use(await client().auth.startPasskeyLogin.mutate()),
    });
  });

  it.each(['http://chat.example', 'https://192.0.2.1', 'https://[2001:db8::1]'])(
    'has no passkeys at %s, where browsers have none',
    async (publicUrl) => {
      const { passkeyDomain, client, user } = await start(publicUrl);
      expect(passkeyDomain).toBeNull();
      const { auth } = client((await user('ada')).token);
      const off = [auth.startPasskeyLogin.mutate(), auth.startPasskey.mutate({})];
      expect(await tally(off)).toEqual({ PASSKEYS_OFF: 2 });
    },
  );

  it('is the machine of the server without it, at any port', async () => {
    const { ada, device, ask, enter } = await startWithPasskey();
    await enter(device.use(await ask(), { origin: 'http://localhost:8080' }));
    expect(await ada.client.server.info.query()).toMatchObject({ passkeyDomain: 'localhost' });
  });
});
