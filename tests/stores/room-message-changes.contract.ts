import { describe, expect, it } from 'vitest';
import {
  compareMessageIds,
  type RoomChange,
  type RoomMessageLimits,
  roomMessage,
} from '../../src/server/infra/stores/room-message-store.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { Open } from './room-message-store.model.ts';

/** What every store promises of messages that are edited, reacted to and deleted. */
export function describeChanges(
  name: string,
  open: Open,
  { isFair, isUnbounded }: { isFair: boolean; isUnbounded: boolean },
): void {
  const itOfRings = (title: string, test: () => Promise<void>) => {
    if (!isUnbounded) it(title, test);
  };

  async function setup(limits: Partial<RoomMessageLimits> = {}) {
    const clock = fakeClock();
    const store = await open({ capacity: 100, ttlMs: 60_000, isFair, ...limits }, clock);
    const say = async (text: string, roomId = 1) =>
      (await store.append({ roomId, username: 'ada', text })).id;
    const editedAt = new Date(clock() + 5);
    const edit = (id: string, text: string, roomId = 1) =>
      store.revise(roomId, id, () => ({ kind: 'edited', text, editedAt }));
    const react = (id: string, emoji: string, username = 'bob') =>
      store.revise(1, id, ({ reactions = [] }) => ({
        kind: 'reaction',
        reactions: [...reactions, { emoji, users: [username] }],
      }));
    const remove = (id: string, roomId = 1) => store.revise(roomId, id, () => ({ kind: 'deleted' }));
    const missed = async (after: string, limit?: number, roomId = 1) => {
      const { messages, changes, gap } = await store.since(roomId, after, limit);
      return [gap ? 'gap' : 'whole', ...messages.map(({ text }) => text), ...changes.map(told)];
    };
    return { clock, store, say, edit, react, remove, missed, editedAt };
  }

  const told = (change: RoomChange) =>
    change.kind === 'deleted' ? `deleted ${change.messageId}` : `${change.kind} ${change.message.text}`;

  describe(`${name}: changing messages`, () => {
    it('shows a message as edited, and tells of it at a place after all before', async () => {
      const { store, say, edit, missed, editedAt } = await setup();
      const id = await say('first');
      const seen = await say('second');
      const { message, isChanged } = await edit(id, 'better');
      expect([isChanged, message]).toEqual([
        true,
        { ...message, id, roomId: 1, username: 'ada', text: 'better', editedAt },
      ]);
      expect(await store.find(1, id)).toEqual(message);
      expect((await store.list(1)).map(({ text }) => text)).toEqual(['better', 'second']);
      expect(roomMessage.parse(message)).toEqual(message);
      const { changes } = await store.since(1, seen);
      expect(changes).toEqual([{ kind: 'edited', id: changes[0]?.id, message }]);
      const place = changes[0]?.id ?? '';
      expect(compareMessageIds(place, seen)).toBeGreaterThan(0);
      expect(await store.newestId()).toBe(place);
      expect(compareMessageIds(await say('third'), place)).toBeGreaterThan(0);
      expect(await missed(place)).toEqual(['whole', 'third']);
      expect(await missed(id)).toEqual(['whole', 'second', 'third', 'edited better']);
    });

    it('replaces whom a message mentions with its text', async () => {
      const { store, editedAt } = await setup();
      const draft = {
        roomId: 1,
        username: 'ada',
        text: '@bob',
        mentions: ['bob'],
        mentionsRoom: true as const,
      };
      const { id } = (await store.appendNamed(draft)).message;
      await store.revise(1, id, () => ({ kind: 'edited', text: '@cid', editedAt, mentions: ['cid'] }));
      const [message] = await store.list(1);
      expect([message?.mentions, message?.mentionsRoom]).toEqual([['cid'], undefined]);
    });

    it('keeps reactions, and leaves none behind', async () => {
      const { store, say, react, missed } = await setup();
      const id = await say('hello');
      await react(id, '👍');
      await react(id, '🎉', 'cid');
      const reactions = [
        { emoji: '👍', users: ['bob'] },
        { emoji: '🎉', users: ['cid'] },
      ];
      expect((await store.find(1, id))?.reactions).toEqual(reactions);
      expect(await missed(id)).toEqual(['whole', 'reaction hello']);
      await store.revise(1, id, () => ({ kind: 'reaction', reactions: [] }));
      expect(await store.list(1)).toEqual([expect.not.objectContaining({ reactions: expect.anything() })]);
    });

    it('tells of the latest edit and the latest reactions alone, in their order', async () => {
      const { say, edit, react, missed } = await setup();
      const id = await say('one');
      const other = await say('other');
      await edit(id, 'two');
      await react(id, '👍');
      await edit(other, 'another');
      await edit(id, 'three');
      await react(id, '🎉');
      expect(await missed(other)).toEqual(['whole', 'edited another', 'edited three', 'reaction three']);
      expect(await missed(other, 2)).toEqual(['whole', 'edited another', 'edited three']);
      expect(await missed(other, undefined, 2)).toEqual(['whole']);
    });

    it('forgets a deleted message, and tells of that alone', async () => {
      const { store, say, edit, remove, missed } = await setup();
      const ids = [await say('one'), await say('two'), await say('three'), await say('elsewhere', 2)];
      const [one = '', two = '', three = ''] = ids;
      await edit(two, 'edited');
      const size = store.size();
      const { message } = await remove(two);
      expect(message.text).toBe('edited');
      expect(await store.find(1, two)).toBeUndefined();
      expect((await store.list(1)).map(({ id }) => id)).toEqual([one, three]);
      expect(store.size()).toBe(isUnbounded ? 0 : size - 1);
      expect(await missed(three)).toEqual(['whole', `deleted ${two}`]);
      expect(await missed(one)).toEqual(['whole', 'three', `deleted ${two}`]);
      for (const gone of [one, three]) await remove(gone);
      expect(await store.list(1)).toEqual([]);
      expect(await missed(ids[3] ?? '')).toEqual([
        'whole',
        ...[two, one, three].map((id) => `deleted ${id}`),
      ]);
      expect((await store.list(2)).map(({ text }) => text)).toEqual(['elsewhere']);
      await say('four');
      expect(await missed(three)).toEqual([
        'whole',
        'four',
        ...[two, one, three].map((id) => `deleted ${id}`),
      ]);
    });

    it('changes nothing where the decision is not to, or fails, or there is no such message', async () => {
      const { clock, store, say, edit, remove, missed } = await setup({ ttlMs: 1000 });
      const id = await say('hello');
      const elsewhere = await say('elsewhere', 2);
      expect(await store.revise(1, id, () => undefined)).toMatchObject({ isChanged: false, message: { id } });
      const refusal = new Error('no');
      const refused = store.revise(1, id, () => {
        throw refusal;
      });
      await expect(refused).rejects.toBe(refusal);
      for (const absent of [elsewhere, '1-1', '999999999999999-0'])
        await expect(edit(absent, 'other')).rejects.toMatchObject({ reason: 'MESSAGE_NOT_FOUND' });
      await expect(edit(id, 'other', 3)).rejects.toMatchObject({ reason: 'MESSAGE_NOT_FOUND' });
      expect(await missed(elsewhere)).toEqual(['whole']);
      const brief = await say('brief');
      await remove(brief);
      await expect(remove(brief)).rejects.toMatchObject({ reason: 'MESSAGE_NOT_FOUND' });
      clock.advance(1000);
      await expect(edit(id, 'late')).rejects.toMatchObject({ reason: 'MESSAGE_NOT_FOUND' });
    });

    it('shows with a reply how the other message begins now, or that it was deleted', async () => {
      const { store, say, edit, remove } = await setup();
      const id = await say('hello');
      const reply = { roomId: 1, username: 'bob', text: 'yes', replyTo: id, clientId: 'a' };
      await edit(id, 'goodbye');
      const { message } = await store.appendNamed(reply);
      const quote = async () => (await store.list(1)).at(-1)?.replyTo;
      expect(message.replyTo).toEqual({ id, sender: 'ada', text: 'goodbye' });
      await edit(id, 'hello again');
      expect(await quote()).toEqual({ id, sender: 'ada', text: 'hello again' });
      await remove(id);
      expect(await quote()).toEqual({ id, deleted: true });
      expect((await store.appendNamed(reply)).isRepeat).toBe(true);
      const another = store.appendNamed({ ...reply, clientId: 'b' });
      await expect(another).rejects.toMatchObject({ reason: 'MESSAGE_NOT_FOUND' });
    });

    it('knows a message that is sent again after it was edited, and does not store it again after it was deleted', async () => {
      const { clock, store, edit, remove } = await setup();
      const draft = { roomId: 1, username: 'ada', text: 'hello', clientId: 'a' };
      const { id } = (await store.appendNamed(draft)).message;
      await edit(id, 'goodbye');
      expect(await store.appendNamed(draft)).toMatchObject({
        isRepeat: true,
        message: { id, text: 'goodbye' },
      });
      expect(await store.isDeleted(draft)).toBe(false);
      await remove(id);
      expect(await store.isDeleted(draft)).toBe(true);
      for (const other of [{ username: 'bob' }, { clientId: 'b' }])
        expect(await store.isDeleted({ ...draft, ...other })).toBe(false);
      await expect(store.appendNamed(draft)).rejects.toMatchObject({ reason: 'MESSAGE_NOT_FOUND' });
      expect(await store.list(1)).toEqual([]);
      expect((await store.appendNamed({ ...draft, username: 'bob' })).isRepeat).toBe(false);
      clock.advance(60_001);
      expect(await store.isDeleted(draft)).toBe(false);
    });

    it('gives all changes, however many, and the oldest if that is too many', async () => {
      const { say, edit, missed } = await setup({ capacity: 1000 });
      const ids: string[] = [];
      for (let number = 0; number < 250; number += 1) ids.push(await say(`${number}`));
      for (const id of ids) await edit(id, `edited ${id}`);
      const all = ids.map((id) => `edited edited ${id}`);
      expect(await missed(ids.at(-1) ?? '')).toEqual(['whole', ...all]);
      expect(await missed(ids.at(-1) ?? '', 150)).toEqual(['whole', ...all.slice(0, 150)]);
    });

    it('loses none of many changes at the same time', async () => {
      const { store, say, react } = await setup();
      const id = await say('hello');
      const users = Array.from({ length: 12 }, (_, index) => `user ${index}`);
      await Promise.all(users.map((user) => react(id, '👍', user)));
      const reactions = (await store.find(1, id))?.reactions ?? [];
      expect(reactions.flatMap(({ users }) => users).sort()).toEqual(users.sort());
    });

    it('tells of changes to a message that has expired no more than that it is gone', async () => {
      const { clock, say, edit, react, missed } = await setup({ ttlMs: 1000 });
      const id = await say('old');
      clock.advance(500);
      const seen = await say('seen');
      await edit(id, 'edited');
      await react(id, '👍');
      clock.advance(500);
      const [whole, ...changes] = await missed(seen);
      expect([whole, ...new Set(changes)]).toEqual([
        'whole',
        ...(changes.length > 0 ? [`deleted ${id}`] : []),
      ]);
    });

    it('forgets the changes of a deleted room', async () => {
      const { store, say, edit, remove, missed } = await setup();
      const ids = [await say('one'), await say('two')];
      await edit(ids[0] ?? '', 'edited');
      await remove(ids[1] ?? '');
      await store.forgetRoom(1);
      expect(await missed(ids[1] ?? '')).toEqual(['whole']);
    });

    itOfRings('lets an evicted message take its changes along', async () => {
      const { store, say, edit, react, missed } = await setup({ capacity: 2 });
      const id = await say('old');
      const seen = await say('seen');
      await edit(id, 'edited');
      await react(id, '👍');
      expect(store.size()).toBe(2);
      await say('new');
      expect(await missed(seen)).toEqual(['whole', 'new']);
      const edited = await edit(seen, 'seen and edited');
      expect(edited.message.text).toBe('seen and edited');
      for (const text of ['newer', 'newest']) await say(text);
      expect((await store.list(1)).map(({ text }) => text)).toEqual(['newer', 'newest']);
      expect(await missed(seen)).toEqual(['gap', 'newer', 'newest']);
    });

    itOfRings('gives the place of a deleted message to another', async () => {
      const { store, say, remove } = await setup({ capacity: 3 });
      const ids = [await say('one'), await say('two', 2), await say('three')];
      await remove(ids[1] ?? '', 2);
      await say('four');
      expect((await store.list(1)).map(({ text }) => text)).toEqual(['one', 'three', 'four']);
      expect(await store.list(2)).toEqual([]);
      expect(await store.since(2, ids[2] ?? '')).toMatchObject({ messages: [], gap: false });
    });

    itOfRings('remembers as many deletions as messages, and reports a gap beyond', async () => {
      const { store, say, remove, missed } = await setup({ capacity: 2 });
      const draft = { roomId: 1, username: 'ada', text: 'one', clientId: 'a' };
      const first = (await store.appendNamed(draft)).message.id;
      await remove(first);
      const second = await say('two');
      const seen = await say('elsewhere', 2);
      await remove(second);
      expect(await missed(first)).toEqual(['whole', `deleted ${first}`, `deleted ${second}`]);
      const place = (await store.since(1, first)).changes[0]?.id ?? '';
      await remove(seen, 2);
      expect(await missed(first)).toEqual(['gap', `deleted ${second}`]);
      expect(await missed(place)).toEqual(['whole', `deleted ${second}`]);
      expect((await store.appendNamed(draft)).isRepeat).toBe(false);
    });

    itOfRings(
      'reports a gap for a forgotten deletion also when an older message has gone since',
      async () => {
        const { clock, say, remove, missed } = await setup({ ttlMs: 1000 });
        await say('elsewhere', 2);
        clock.advance(-500);
        const deleted = await say('deleted');
        const seen = await say('seen');
        await remove(deleted);
        clock.advance(1000);
        expect(await missed(seen)).toEqual(['gap']);
        clock.advance(500);
        expect(await missed(seen)).toEqual(['gap']);
      },
    );

    itOfRings('forgets a deletion when a message of its time would expire', async () => {
      const { clock, say, remove, missed } = await setup({ ttlMs: 1000 });
      const id = await say('one');
      clock.advance(900);
      await remove(id);
      clock.advance(999);
      expect(await missed(id)).toEqual(['whole', `deleted ${id}`]);
      clock.advance(1);
      expect(await missed(id)).toEqual(['gap']);
    });
  });
}
