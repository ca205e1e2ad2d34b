import { expect, it } from 'vitest';
import { openDatabaseFile } from '../support/database-file.ts';
import { startMirage } from '../support/harness.ts';
import { outcomes } from '../support/refusal.ts';

/** A Mirage that has lost a table, which no rule foresees. */
async function startBroken(table: string) {
  const mirage = await startMirage();
  const { client: alice, token } = await mirage.user('alice');
  openDatabaseFile(mirage).exec(`PRAGMA foreign_keys = OFF; DROP TABLE ${table}`);
  return { ...mirage, alice, token };
}

it('hides the message of an internal error, which may quote SQL or a path', async () => {
  const { url } = await startBroken('user_counts');

  const response = await fetch(`${url}/trpc/users.count`);

  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({
    error: {
      code: -32603,
      message: 'internal server error',
      data: {
        code: 'INTERNAL_SERVER_ERROR',
        httpStatus: 500,
        path: 'users.count',
        reason: 'INTERNAL',
      },
    },
  });
});

it('hides it from legacy callers too', async () => {
  const { rest, token } = await startBroken('inbox_messages');
  expect(await rest('GET', '/api/inbox', { token })).toEqual([500, { error: 'internal server error' }]);
  expect(await rest('POST', '/api/send_inbox_message', { token, recipient: 'alice', message: 'x' })).toEqual([
    500,
    { error: 'internal server error' },
  ]);
});

it('accepts no caller when sessions cannot be read', async () => {
  const { alice } = await startBroken('sessions');
  expect(await outcomes([alice.auth.me.query(), alice.chat.createRoom.mutate({ name: 'general' })])).toEqual([
    'INTERNAL',
    'INTERNAL',
  ]);
});

it('continues with calls that are not affected', async () => {
  const { alice } = await startBroken('inbox_messages');
  expect(
    await outcomes([
      alice.inbox.listMessages.query(),
      alice.auth.me.query(),
      alice.inbox.sendMessage.mutate({ recipient: 'alice', text: 'hello' }),
      alice.chat.createRoom.mutate({ name: 'general' }),
    ]),
  ).toEqual(['INTERNAL', 'ok', 'INTERNAL', 'ok']);
});

it('rolls back a room whose first membership cannot be stored', async () => {
  const { alice, deps } = await startBroken('room_members');
  expect(await outcomes([alice.chat.createRoom.mutate({ name: 'general' })])).toEqual(['INTERNAL']);
  expect(await deps.db.room.count()).toBe(0);
});
