import { describe, expect, it } from 'vitest';
import { transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { outcomes, refusal } from '../support/refusal.ts';
import { insiders, startPeople } from './people.ts';

const text = (length: number, letter = 'x') => letter.repeat(length);

describe.each(['ephemeral', 'kept'] as const)('in %s rooms', (history) => {
  async function startRoom(settings: Parameters<typeof startPeople>[0] = {}) {
    const people = await startPeople(settings, undefined, history === 'kept' ? history : undefined);
    const { chat, roomId } = people;
    const say = (words: string) => chat('member').sendMessage.mutate({ roomId, text: words });
    const pin = ({ id }: { id: string }) => chat('moderator').pinMessage.mutate({ roomId, id });
    const pins = async (cursor?: number) =>
      (await chat('member').listPins.query({ roomId, ...(cursor !== undefined && { cursor }) })).pins;
    const pinned = async () => (await pins()).map(({ message }) => message.text);
    return { ...people, say, pin, pins, pinned };
  }

  it('lets owners and moderators pin and unpin, and members see it', async () => {
    const { askAll, roomId, say, chat } = await startRoom();
    const { id } = await say('hello');
    expect(await askAll((chat) => chat.listPins.query({ roomId }))).toEqual(insiders('ok', 'ok', 'ok'));
    for (const change of ['pinMessage', 'unpinMessage'] as const)
      expect(await askAll((chat) => chat[change].mutate({ roomId, id }))).toEqual(
        insiders('ok', 'ok', 'ROLE_REQUIRED'),
      );
    // Those outside do not learn which messages exist.
    const gone = { roomId, id: '1-0' };
    expect(
      await outcomes([chat('stranger').pinMessage.mutate(gone), chat('owner').pinMessage.mutate(gone)]),
    ).toEqual(['NOT_A_MEMBER', 'MESSAGE_NOT_FOUND']);
  });

  it('lists the latest pin first, with who pinned it and when, and each message once', async () => {
    const { roomId, say, pin, pins, pinned, chat, clock } = await startRoom();
    const [first, second] = [await say('first'), await say('second')];
    await pin(second);
    clock.advance(1000);
    await pin(first);
    await chat('owner').pinMessage.mutate({ roomId, id: second.id });
    expect(await pinned()).toEqual(['first', 'second']);
    const [pinOfFirst] = await pins();
    expect(pinOfFirst).toEqual({
      message: { ...first, createdAt: expect.anything() },
      pinnedBy: 'moderator',
      pinnedAt: expect.anything(),
    });
    expect(pinOfFirst && Date.parse(String(pinOfFirst.pinnedAt))).toBe(clock());
    await chat('owner').unpinMessage.mutate({ roomId, id: first.id });
    await chat('owner').unpinMessage.mutate({ roomId, id: first.id });
    expect(await pinned()).toEqual(['second']);
  });

  it('pins nothing of another room', async () => {
    const { say, chat } = await startRoom();
    const message = await say('here');
    const { id: other } = await chat('moderator').createRoom.mutate({ name: 'other' });
    await expect(
      chat('moderator').pinMessage.mutate({ roomId: other, id: message.id }),
    ).rejects.toMatchObject(refusal('MESSAGE_NOT_FOUND'));
  });

  it('pins at most 50 messages, of which those that expired do not count', async () => {
    const { say, pin, pinned, clock } = await startRoom(
      history === 'kept'
        ? { keptRooms: { allowed: true, ttlMs: 60_000 } }
        : { roomMessages: { capacity: 100, ttlMs: 60_000 } },
    );
    const old = await say('old');
    await pin(old);
    clock.advance(30_000);
    for (let number = 1; number < 50; number += 1) await pin(await say(`${number}`));
    const last = await say('last');
    await expect(pin(last)).rejects.toMatchObject(refusal('PIN_LIMIT'));
    await pin(old); // is pinned already
    clock.advance(30_000);
    expect(await pinned()).toHaveLength(49);
    await pin(last);
    expect((await pinned()).slice(0, 2)).toEqual(['last', '49']);
    await expect(pin(await say('another'))).rejects.toMatchObject(refusal('PIN_LIMIT'));
  });

  it('gives as many as fit in an answer, and the others in the next one', async () => {
    const { roomId, say, pin, pinned, chat } = await startRoom();
    for (let number = 0; number < 25; number += 1) await pin(await say(`${number} ${text(16_000, '漢')}`));
    const page = await chat('member').listPins.query({ roomId });
    expect(page.pins.length).toBeGreaterThan(10);
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(1_000_000);
    const rest = await chat('member').listPins.query({ roomId, cursor: page.nextCursor });
    expect(rest.nextCursor).toBe(null);
    expect([...page.pins, ...rest.pins].map(({ message }) => Number.parseInt(message.text, 10))).toEqual(
      Array.from({ length: 25 }, (_, index) => 24 - index),
    );
    expect(await pinned()).toHaveLength(page.pins.length);
  });

  it('shows the client id of a message to its sender alone', async () => {
    const { roomId, pin, chat } = await startRoom();
    const message = await chat('member').sendMessage.mutate({ roomId, text: 'hello', clientId: 'mine' });
    await pin(message);
    const seenBy = async (person: 'member' | 'owner') =>
      (await chat(person).listPins.query({ roomId })).pins[0]?.message.clientId;
    expect([await seenBy('member'), await seenBy('owner')]).toEqual(['mine', undefined]);
  });

  it.each(transports)(
    'tells those in the room over %s that pins have changed, and nobody else',
    async (transport) => {
      const { roomId, url, users, say, pin, chat } = await startRoom();
      const message = await say('hello');
      const room = liveClient({ url, token: users.member.token, transport }).room(roomId);
      await room.word('hello');
      await pin(message);
      await room.word('pins');
      await pin(message); // changes nothing
      await chat('owner').unpinMessage.mutate({ roomId, id: message.id });
      // Events that are not stored have no place among messages.
      await room.until(() => room.words.filter((word) => word === 'pins').length === 2);
      await say('later');
      await room.word('later');
      expect(room.words).toEqual(['hello', 'pins', 'pins', 'later']);
    },
  );
});

it('forgets the pins of a deleted room', async () => {
  const { chat, roomId, deps } = await startPeople();
  const { id } = await chat('owner').sendMessage.mutate({ roomId, text: 'hello' });
  await chat('owner').pinMessage.mutate({ roomId, id });
  await chat('owner').deleteRoom.mutate({ roomId });
  expect(await deps.db.roomPin.count()).toBe(0);
});
