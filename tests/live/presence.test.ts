import { describe, expect, it, vi } from 'vitest';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { shown, shows } from '../support/presence.ts';

describe.each(transports)('over %s', (transport) => {
  async function setup() {
    const mirage = await startRoom();
    const { alice, bob, url, roomId } = mirage;
    const open = ({ token } = bob) => liveClient({ url, token, transport });
    const watching = open(alice).presence(roomId);
    await shows(watching, ['alice']);
    return { ...mirage, open, watching };
  }

  it('sends the current state first, then changes', async () => {
    const { open, watching, roomId } = await setup();
    expect(watching.events[0]).toEqual({ type: 'state', online: ['alice'], typing: [] });
    const later = open().presence(roomId);
    await shows(later, ['alice', 'bob']);
    await shows(watching, ['alice', 'bob']);
    expect(later.words[0]).toBe('state');
    expect([...watching.words, ...later.words].filter((word) => word === 'state')).toHaveLength(2);
  });

  it('shows as online the members subscribed to this room, and not those of other rooms', async () => {
    const { open, watching, roomId, alice } = await setup();
    const { id: other } = await alice.client.chat.createRoom.mutate({ name: 'other' });
    await open(alice).room(other).started();
    await open().inbox().started();
    open().room(roomId);
    await shows(watching, ['alice', 'bob']);
    expect(watching.events.join()).not.toContain('offline');
  });

  it('counts a user with several tabs once, until the last one is closed', async () => {
    const { open, watching, roomId } = await setup();
    const tabs = [open(), open(), open()];
    await Promise.all(tabs.flatMap((tab) => [tab.room(roomId).started(), tab.presence(roomId).started()]));
    await shows(watching, ['alice', 'bob']);
    tabs[0]?.connection.close();
    tabs[1]?.connection.close();
    const { typing, stop } = await type('bob');
    expect(typing).toEqual({ online: ['alice', 'bob'], typing: ['bob'] });
    stop();
    await shows(watching, ['alice']);

    async function type(username: string) {
      await open().client.chat.setTyping.mutate({ roomId, isTyping: true });
      await shows(watching, ['alice', 'bob'], [username]);
      return { typing: shown(watching), stop: () => tabs[2]?.connection.close() };
    }
  });

  it('sends simultaneous changes as one event', async () => {
    const { watching, url, roomId, user } = await setup();
    const names = Array.from({ length: 10 }, (_, index) => `user${index}`);
    const users = await Promise.all(names.map((name) => user(name)));
    await Promise.all(users.map(({ client }) => client.chat.joinRoom.mutate({ name: 'general' })));
    const before = watching.events.length;
    for (const { token } of users) liveClient({ url, token, transport }).room(roomId);
    await shows(watching, ['alice', ...names]);
    expect(watching.events.length - before).toBeLessThan(names.length);
  });

  it('shows who is typing, until they stop, and again when they continue', async () => {
    const { open, watching, roomId, bob } = await setup();
    const following = open().room(roomId);
    await following.started();
    for (const isTyping of [true, false, true]) {
      await bob.client.chat.setTyping.mutate({ roomId, isTyping });
      await shows(watching, ['alice', 'bob'], isTyping ? ['bob'] : []);
    }
    following.stop();
    await shows(watching, ['alice']);
  });

  it('never shows as gone who is back within two seconds', async () => {
    const { open, watching, roomId, user } = await setup();
    const carol = await user('carol');
    await carol.client.chat.joinRoom.mutate({ name: 'general' });
    const [reloaded, left] = [open(), open(carol)];
    await Promise.all([reloaded.room(roomId).started(), left.room(roomId).started()]);
    await shows(watching, ['alice', 'bob', 'carol']);
    const before = watching.events.length;
    reloaded.connection.close();
    await open().room(roomId).started();
    left.connection.close();
    await shows(watching, ['alice', 'bob']);
    expect(watching.events.slice(before)).toEqual([{ type: 'change', offline: ['carol'] }]);
  });

  it('refuses presence and typing to non-members', async () => {
    const { open, watching, roomId, user } = await setup();
    const mallory = await user('mallory');
    const attempt = open(mallory).presence(roomId);
    await attempt.ended();
    expect(attempt.ends).toEqual(['NOT_A_MEMBER']);
    const typing = mallory.client.chat.setTyping.mutate({ roomId, isTyping: true });
    await expect(typing).rejects.toMatchObject({ data: { reason: 'NOT_A_MEMBER' } });
    expect(shown(watching)).toEqual({ online: ['alice'], typing: [] });
  });
});

it('stops showing users as typing who send no further signal', async () => {
  const { url, alice, bob, roomId } = await startRoom();
  const watching = liveClient({ url, token: alice.token }).presence(roomId);
  await shows(watching, ['alice']);
  await bob.client.chat.setTyping.mutate({ roomId, isTyping: true });
  await shows(watching, ['alice'], ['bob']);
  await shows(watching, ['alice']);
});

it('keeps no state and sends nothing for an empty room', async () => {
  const { deps, bob, roomId } = await startRoom();
  const publish = vi.spyOn(deps.bus, 'publish');
  await bob.client.chat.setTyping.mutate({ roomId, isTyping: true });
  await bob.client.chat.setTyping.mutate({ roomId, isTyping: false });
  await bob.client.chat.leaveRoom.mutate({ roomId });
  expect(publish.mock.calls.filter(([topic]) => topic.startsWith('presence'))).toEqual([]);
});
