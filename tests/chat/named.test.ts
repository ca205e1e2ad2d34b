import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { liveClient } from '../support/live-client.ts';

async function startWithRoom() {
  const mirage = await startMirage();
  const alice = await mirage.user('alice');
  const bob = await mirage.user('bob');
  const { id: roomId } = await alice.client.chat.createRoom.mutate({ name: 'general' });
  await bob.client.chat.joinRoom.mutate({ name: 'general' });
  return { ...mirage, alice, bob, roomId };
}

const messageIn = (event: unknown) => (event as { data: { message: object } }).data.message;

it('sends a room message once, and tells its name to the sessions of its sender alone', async () => {
  const { url, alice, bob, roomId } = await startWithRoom();
  const streams = [alice, alice, bob].map(({ token }) => liveClient({ url, token }).room(roomId));
  const [own, ownToo, others] = streams;
  const ask = (user = alice, text = 'once') =>
    user.client.chat.sendMessage.mutate({ roomId, text, clientId: 'first' });
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask()));
  const [first] = answers;
  expect(answers).toEqual(answers.map(() => first));
  expect(first).toMatchObject({ text: 'once', clientId: 'first' });
  await alice.client.chat.sendMessage.mutate({ roomId, text: 'unnamed' });
  for (const stream of streams) await stream.count(2);
  expect(own?.events.map(messageIn)[0]).toEqual(first);
  expect(ownToo?.events.map(messageIn)[0]).toEqual(first);
  for (const message of [...(others?.events ?? []), ...(own?.events.slice(1) ?? [])].map(messageIn))
    expect(message).not.toHaveProperty('clientId');
  // The same in lists, and for who comes later.
  expect((await alice.client.chat.listMessages.query({ roomId }))[0]).toEqual(first);
  expect((await bob.client.chat.listMessages.query({ roomId }))[0]).not.toHaveProperty('clientId');
  const late = liveClient({ url, token: alice.token }).room(roomId);
  await late.count(2);
  expect(messageIn(late.events[0])).toEqual(first);

  await expect(ask(alice, 'twice')).rejects.toMatchObject({
    data: { reason: 'CLIENT_ID_REUSED', httpStatus: 409 },
  });
  await ask(bob);
  await bob.client.chat.leaveRoom.mutate({ roomId });
  await expect(ask(bob)).rejects.toMatchObject({ data: { reason: 'NOT_A_MEMBER' } });
});

it('shows the message that another one replies to, in answers, lists and events', async () => {
  const { url, alice, bob, roomId } = await startWithRoom();
  const stream = liveClient({ url, token: alice.token }).room(roomId);
  const { id } = await alice.client.chat.sendMessage.mutate({ roomId, text: 'a question' });
  const reply = await bob.client.chat.sendMessage.mutate({ roomId, text: 'an answer', replyTo: id });
  expect(reply.replyTo).toEqual({ id, sender: 'alice', text: 'a question' });
  await stream.count(2);
  expect(messageIn(stream.events[1])).toEqual(reply);
  expect((await alice.client.chat.listMessages.query({ roomId }))[1]).toEqual(reply);
  await expect(
    bob.client.chat.sendMessage.mutate({ roomId, text: 'what?', replyTo: '1-1' }),
  ).rejects.toMatchObject({ data: { reason: 'MESSAGE_NOT_FOUND' } });
});

it('takes the Idempotency-Key of a send as its clientId', async () => {
  const { url, alice, roomId } = await startWithRoom();
  const post = async (path: string, body: object) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: alice.token, 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: JSON.stringify(body),
    });
    return response.status;
  };
  const said = { roomId, text: 'hello' };
  const statuses = [
    await post('/trpc/chat.sendMessage', said),
    await post('/trpc/chat.sendMessage', said),
    await post('/api/send_room_message', { room_id: roomId, message: 'hello' }),
    await post('/trpc/chat.sendMessage', { ...said, text: 'another' }),
    await post('/api/send_room_message', { room_id: roomId, message: 'another' }),
    await post('/trpc/chat.sendMessage', { ...said, clientId: 'l' }),
  ];
  expect(statuses).toEqual([200, 200, 200, 422, 422, 400]);
  expect(await alice.client.chat.listMessages.query({ roomId })).toMatchObject([{ ...said, clientId: 'k' }]);
});
