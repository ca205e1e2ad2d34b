import { describe, expect, it } from 'vitest';
import { refused, runCommand, runJson } from '../support/command.ts';
import { startMirage } from '../support/harness.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { refusal } from '../support/refusal.ts';

const unauthorized = refusal('UNAUTHORIZED');
const make = ['user', 'create-token', 'bob', 'nightly build', '--scopes', 'chat:read,chat:write'];

interface Token {
  id: number;
  name: string;
  token?: string;
}

describe('mirage user create-token', () => {
  it('makes a token that works on the running server, and prints nothing else', async () => {
    const mirage = await startRoom();
    const { stdout, code, stderr } = await runCommand(make, mirage);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^mirage_[\w-]{43}\n$/);
    const script = mirage.client(stdout.trim());
    await script.chat.sendMessage.mutate({ roomId: mirage.roomId, text: 'built' });
    await expect(script.inbox.countMessages.query()).rejects.toMatchObject(refusal('OUT_OF_SCOPE'));
    expect(await mirage.bob.client.auth.listTokens.query()).toMatchObject([
      { name: 'nightly build', scopes: ['chat:read', 'chat:write'], expiresAt: null },
    ]);
  });

  it('gives it a time to expire', async () => {
    const mirage = await startRoom();
    const [made] = await runJson<Token>([...make, '--expires', '2099-01-01T00:00:00+01:00'], mirage);
    expect(made).toMatchObject({
      username: 'bob',
      name: 'nightly build',
      expiresAt: '2098-12-31T23:00:00.000Z',
      token: expect.stringMatching(/^mirage_/),
    });
  });

  it.each([
    ['an unknown user', ['nobody', 'script', '--scopes', 'chat:read'], /user not found/],
    [
      'an unknown scope',
      ['bob', 'script', '--scopes', 'chat:read,auth:read'],
      /--scopes must be some of chat:read, chat:write, inbox:read, /,
    ],
    ['an empty name', ['bob', ' ', '--scopes', 'chat:read'], /the name of the token must not be empty/],
    [
      'a time without an offset',
      ['bob', 'script', '--scopes', 'chat:read', '--expires', '2099-01-01'],
      /--expires: /,
    ],
    [
      'a time in the past',
      ['bob', 'script', '--scopes', 'chat:read', '--expires', '2020-01-01T00:00:00Z'],
      /must be in the future/,
    ],
  ])('refuses %s', async (_, args, message) => {
    const mirage = await startMirage();
    const { client } = await mirage.user('bob');
    expect(await runCommand(['user', 'create-token', ...args], mirage)).toEqual(refused(message));
    expect(await client.auth.listTokens.query()).toEqual([]);
  });

  it('refuses a disabled user', async () => {
    const mirage = await startMirage();
    await mirage.user('bob');
    await runCommand(['user', 'disable', 'bob', '--yes'], mirage);
    expect(await runCommand(make, mirage)).toEqual(refused(/this account is disabled/));
  });
});

describe('mirage user tokens', () => {
  it('lists the tokens of a user, without what they are', async () => {
    const mirage = await startMirage();
    await mirage.user('bob');
    const { client } = await mirage.user('alice');
    await client.auth.createToken.mutate({ name: 'of alice', scopes: ['users:read'] });
    const [made] = await runJson<Token>(make, mirage);
    expect(await runJson<Token>(['user', 'tokens', 'bob'], mirage)).toEqual([
      expect.objectContaining({ id: made?.id, name: 'nightly build', lastUsedAt: null }),
    ]);
    const { stdout } = await runCommand(['user', 'tokens', 'bob'], mirage);
    expect(stdout).toMatch(
      /^id +name +scopes +created +used +expires\n\d+ +nightly build +chat:read,chat:write +/,
    );
    expect(await runCommand(['user', 'tokens', 'nobody'], mirage)).toEqual(refused(/user not found/));
  });
});

describe('mirage user revoke-token', () => {
  it.each(transports)(
    'ends a token and its subscriptions (%s) at the running server, and no other',
    async (transport) => {
      const { alice: _, roomId, say, ...mirage } = await startRoom();
      const [first] = await runJson<Token>(make, mirage);
      const [second] = await runJson<Token>(make, mirage);
      const [script, other] = [first, second].map((made) => mirage.client(made?.token));
      const live = liveClient({ url: mirage.url, token: first?.token ?? '', transport }).room(roomId);
      await live.started();
      await script?.auth.me.query();

      const outcome = await runCommand(['user', 'revoke-token', 'bob', String(first?.id)], mirage);

      expect(outcome).toEqual({
        code: 0,
        stdout: '',
        stderr: `revoked the access token ${first?.id} of bob\n`,
      });
      await expect(script?.auth.me.query()).rejects.toMatchObject(unauthorized);
      await live.ended();
      await say('not for bob');
      expect([live.ends, live.words]).toEqual([['UNAUTHORIZED'], []]);
      expect(await other?.auth.me.query()).toMatchObject({ username: 'bob' });
    },
  );

  it("revokes nobody else's, and no session", async () => {
    const mirage = await startMirage();
    await mirage.user('alice');
    const { client } = await mirage.user('bob');
    const [made] = await runJson<Token>(make, mirage);
    const [session] = await client.auth.listSessions.query();
    for (const [name, id] of [
      ['alice', made?.id],
      ['bob', session?.id],
      ['bob', 2 ** 31],
    ])
      expect(await runCommand(['user', 'revoke-token', String(name), String(id)], mirage)).toEqual(
        refused(/access token not found/),
      );
    expect(await runCommand(['user', 'revoke-token', 'bob', 'script'], mirage)).toEqual(
      refused(/the id must be a number/),
    );
    expect(await mirage.client(made?.token).auth.me.query()).toMatchObject({ username: 'bob' });
  });
});

describe('mirage user add-bot', () => {
  it('makes an account without a password, whose messages the running server marks at once', async () => {
    const mirage = await startRoom();
    const outcome = await runCommand(['user', 'add-bot', ' courier '], mirage);
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: 'added the bot courier\n' });
    const args = ['user', 'create-token', 'courier', 'script', '--scopes', 'chat:read,chat:write'];
    const { stdout } = await runCommand(args, mirage);
    const bot = mirage.client(stdout.trim());
    await bot.chat.joinRoom.mutate({ name: 'general' });
    const { roomId } = mirage;
    expect(await bot.chat.sendMessage.mutate({ roomId, text: 'hello' })).toMatchObject({ isBot: true });
    expect(await mirage.alice.client.chat.listMessages.query({ roomId })).toMatchObject([{ isBot: true }]);
    const accounts = await runJson<{ username: string; isBot: boolean }>(['user', 'list'], mirage);
    expect(accounts.map(({ username, isBot }) => [username, isBot])).toEqual([
      ['alice', false],
      ['bob', false],
      ['courier', true],
    ]);
    expect(await runCommand(['user', 'reset-password', 'courier', '--generate'], mirage)).toEqual(
      refused(/a bot has no password/),
    );
  });

  it('refuses a name that is taken, or none', async () => {
    const mirage = await startMirage();
    await mirage.user('alice');
    expect(await runCommand(['user', 'add-bot', 'alice'], mirage)).toEqual(refused(/username is taken/));
    expect(await runCommand(['user', 'add-bot', ' '], mirage)).toEqual(refused(/the name must not be empty/));
    expect(await mirage.deps.db.user.count()).toBe(1);
  });
});
