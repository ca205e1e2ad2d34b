import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { outcomes } from '../support/refusal.ts';

const largest = 2 ** 31 - 1;
const beyond = [2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32 + largest, Number.MAX_SAFE_INTEGER];

/** Ada, with a message and a room that have the largest ids that there are. */
async function start() {
  const { deps, user, rest } = await startMirage();
  const ada = await user('ada');
  await deps.db.inboxMessage.create({ data: { id: largest, sender: 'ada', recipient: 'ada', text: 'last' } });
  await deps.db.room.create({
    data: { id: largest, name: 'last', createdBy: 'ada', members: { create: { username: 'ada' } } },
  });
  return { deps, rest, ...ada };
}

it('names no row by an id beyond the largest, in the typed API', async () => {
  const { deps, client } = await start();
  const { inbox, chat, auth } = client;
  for (const id of beyond) {
    const got = await outcomes([
      inbox.deleteMessage.mutate({ id }),
      inbox.deleteMessage.mutate({ id, scope: 'me' }),
      inbox.editMessage.mutate({ id, text: 'edited' }),
      inbox.react.mutate({ id, emoji: '👍' }),
      inbox.unreact.mutate({ id, emoji: '👍' }),
      inbox.sendMessage.mutate({ recipient: 'ada', text: 'a reply', replyTo: id }),
    ]);
    expect(got).toEqual(Array(6).fill('MESSAGE_NOT_FOUND'));
    expect(await outcomes([auth.revokeSession.mutate({ id })])).toEqual(['SESSION_NOT_FOUND']);
    expect(
      await outcomes([
        chat.sendMessage.mutate({ roomId: id, text: 'x' }),
        chat.listMessages.query({ roomId: id }),
        chat.setTyping.mutate({ roomId: id, isTyping: true }),
        chat.leaveRoom.mutate({ roomId: id }),
        chat.listMembers.query({ roomId: id }),
        chat.deleteRoom.mutate({ roomId: id }),
      ]),
    ).toEqual([...Array(4).fill('NOT_A_MEMBER'), 'ROOM_NOT_FOUND', 'ROOM_NOT_FOUND']);
  }
  expect(await deps.db.inboxMessage.findMany()).toMatchObject([
    { id: largest, text: 'last', reactions: null },
  ]);
  expect(await deps.db.room.count({ where: { members: { some: {} } } })).toBe(1);
  expect(await inbox.listMessages.query({ before: largest })).toMatchObject({ messages: [] });
  expect(await inbox.deleteMessage.mutate({ id: largest })).toBeDefined();
});

it('names no row by an id beyond the largest, in the legacy API', async () => {
  const { deps, rest, token } = await start();
  const status = async (...call: Parameters<typeof rest>) => (await rest(...call))[0];
  for (const id of [...beyond, 2 ** 64, 1e300]) {
    for (const given of [id, String(BigInt(id))]) {
      expect(await status('POST', '/api/delete_inbox_message', { token, message_id: given })).toBe(404);
      expect(await status('POST', '/api/send_room_message', { token, room_id: given, message: 'x' })).toBe(
        403,
      );
    }
    expect(await status('GET', `/api/get_room_messages?room_id=${BigInt(id)}`, { token })).toBe(403);
    expect(await status('GET', `/api/room_members/${BigInt(id)}`, { token })).toBe(404);
  }
  expect(await deps.db.inboxMessage.count()).toBe(1);
  expect(await rest('GET', `/api/room_members/${largest}`, { token })).toEqual([200, { members: ['ada'] }]);
});
