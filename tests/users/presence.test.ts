import { describe, expect, it, vi } from 'vitest';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { shows } from '../support/presence.ts';
import { openSocket } from '../support/raw-socket.ts';

describe.each(transports)('over %s', (transport) => {
  async function setup() {
    const mirage = await startRoom();
    const open = ({ token }: { token?: string } = {}) =>
      liveClient({ url: mirage.url, transport, ...(token !== undefined && { token }) });
    return { ...mirage, open };
  }

  it('sends the current state first, then changes of those who were asked about', async () => {
    const { open, alice, bob, user } = await setup();
    const [carol, dave] = [await user('carol'), await user('dave')];
    await open(carol).inbox().started();
    const watching = open(alice).users('bob', 'carol', 'carol', 'nobody of this name');
    await shows(watching, ['carol']);
    expect(watching.events).toEqual([{ type: 'state', online: ['carol'], typing: [] }]);
    const other = open(dave).inbox();
    const following = open(bob).inbox();
    await shows(watching, ['bob', 'carol']);
    other.stop();
    following.stop();
    await shows(watching, ['carol']);
    expect(watching.words.filter((word) => word === 'state')).toHaveLength(1);
    expect(watching.events.at(-1)).toEqual({ type: 'change', offline: ['bob'] });
    expect(JSON.stringify(watching.events)).not.toMatch(/alice|dave|nobody/);
  });

  it('shows as online whoever is subscribed to anything, and the caller too', async () => {
    const { open, alice, user, roomId } = await setup();
    const names = ['inbox', 'messages', 'presence', 'rooms', 'users'];
    const watching = open(alice).users('alice', ...names);
    await shows(watching, ['alice']);
    const clients = await Promise.all(
      names.map(async (name) => {
        const { token, client } = await user(name);
        await client.chat.joinRoom.mutate({ name: 'general' });
        return open({ token });
      }),
    );
    const [inbox, messages, presence, rooms, users] = clients;
    const following = [
      inbox?.inbox(),
      messages?.room(roomId),
      presence?.presence(roomId),
      rooms?.rooms(),
      users?.users('nobody'),
    ];
    await shows(watching, ['alice', ...names]);
    for (const each of following) each?.stop();
    await shows(watching, ['alice']);
  });

  it('counts a user with several tabs once, and never shows as gone who is back within two seconds', async () => {
    const { open, alice, bob, user, roomId } = await setup();
    const watching = open(alice).users('bob', 'carol');
    const left = open(await user('carol'));
    const tabs = [open(bob), open(bob)];
    const all = [left.inbox(), ...tabs.flatMap((tab) => [tab.room(roomId), tab.inbox()])];
    await Promise.all(all.map(({ started }) => started()));
    await shows(watching, ['bob', 'carol']);
    for (const { connection } of tabs) connection.close();
    await open(bob).room(roomId).started();
    // Bob's going would have come before that of carol, who goes later.
    left.connection.close();
    await shows(watching, ['bob']);
    expect(watching.events.at(-1)).toEqual({ type: 'change', offline: ['carol'] });
    expect(JSON.stringify(watching.events)).not.toContain('"offline":["bob"');
  });

  it('sends simultaneous changes as one event', async () => {
    const { open, alice, user } = await setup();
    const names = Array.from({ length: 10 }, (_, index) => `user${index}`);
    const users = await Promise.all(names.map((name) => user(name)));
    const watching = open(alice).users(...names);
    await shows(watching, []);
    for (const each of users) open(each).inbox();
    await shows(watching, names);
    expect(watching.events.length - 1).toBeLessThan(names.length);
  });

  it('takes 1 to 500 names, of callers with a session', async () => {
    const { open, alice } = await setup();
    const names = Array.from({ length: 501 }, (_, index) => `user${index}`);
    const reasons: Record<string, string[]> = {};
    for (const [about, attempt] of Object.entries({
      none: open(alice).users(),
      'too many': open(alice).users(...names),
      'an empty name': open(alice).users(''),
      'no token': open().users('alice'),
    })) {
      await attempt.ended();
      reasons[about] = attempt.ends;
    }
    expect(reasons).toEqual({
      none: ['INVALID_INPUT'],
      'too many': ['INVALID_INPUT'],
      'an empty name': ['INVALID_INPUT'],
      'no token': ['UNAUTHORIZED'],
    });
    await shows(open(alice).users('alice', ...names.slice(0, 499)), ['alice']);
  });

  it('ends with the session', async () => {
    const { open, alice, bob } = await setup();
    const watching = open(alice).users('bob');
    await watching.word('state');
    await alice.client.auth.logout.mutate();
    await watching.ended();
    await open(bob).inbox().started();
    expect([watching.ends, watching.words]).toEqual([['UNAUTHORIZED'], ['state']]);
  });
});

it('lets a user watch 10,000 others at a time, in all subscriptions together', async () => {
  const { url, alice, bob, deps } = await startRoom();
  const usernames = Array.from({ length: 500 }, (_, index) => `user${index}`);
  const [one, other] = [await openSocket(url, alice.token), await openSocket(url, alice.token)];
  for (let id = 1; id <= 20; id += 1) one.subscribe(id, 'users.onPresence', { usernames });
  await vi.waitFor(() => expect(deps.hub.size).toBe(20));
  other.subscribe(21, 'users.onPresence', { usernames: ['bob'] });
  await other.until(() => other.errors().length > 0);
  expect(other.errors()).toEqual([[21, 'TOO_MANY_SUBSCRIPTIONS']]);
  other.subscribe(22, 'inbox.onMessage', {});
  await other.has('"started"');
  await shows(liveClient({ url, token: bob.token }).users('alice'), ['alice']);

  one.send({ id: 7, method: 'subscription.stop' });
  await one.until(() => one.frames().some(({ result }) => result?.type === 'stopped'));
  other.subscribe(23, 'users.onPresence', { usernames: ['bob'] });
  await other.has('"online":["bob"]');
});
