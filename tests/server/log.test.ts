import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { type LogLine, spawnMirage } from '../support/process.ts';
import { tally } from '../support/refusal.ts';
import { tokenOf } from '../support/token-of.ts';

/** Part of every password and text below, so that no log line may contain it. */
const secret = 'open-sesame';

/** A Mirage at the most verbose level; `log` ends it and returns its output. */
async function startLogging() {
  const mirage = await spawnMirage({ LOG_LEVEL: 'trace', RATE_LIMIT: 'off' });
  const url = await mirage.url();
  const client = (token?: string) => createMirageClient({ url, ...(token && { token }) });
  const rest = async (path: string, body: unknown, authorization = '') => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    await response.text();
    return response.status;
  };
  async function log() {
    mirage.kill('SIGTERM');
    expect(await mirage.ended()).toEqual({ code: 0, stderr: '' });
    return { text: mirage.lines.join('\n'), lines: mirage.lines.map((line) => JSON.parse(line) as LogLine) };
  }
  await client().auth.register.mutate({ username: 'alice', email: 'a@x', password: secret });
  const token = await tokenOf(client().auth.login.mutate({ username: 'alice', password: secret }));
  return { ...mirage, url, token, alice: client(token), client, rest, log };
}

it('is JSON lines, and describes requests without their content', async () => {
  const { url, alice, token, client, rest, log } = await startLogging();
  const { id: roomId } = await alice.chat.createRoom.mutate({ name: 'cellar', password: secret });
  await alice.chat.sendMessage.mutate({ roomId, text: secret });
  await alice.inbox.sendMessage.mutate({ recipient: 'alice', text: secret });
  await tally([
    client().auth.login.mutate({ username: 'alice', password: `${secret}!` }),
    alice.auth.changePassword.mutate({ currentPassword: `${secret}!`, newPassword: `${secret}?` }),
    alice.chat.joinRoom.mutate({ name: 'cellar', password: `${secret}!` }),
    alice.chat.sendMessage.mutate({ roomId, text: `${secret}\0` }),
    client(`${token}!`).auth.me.query(),
  ]);
  await rest('/api/send_room_message', { room_id: roomId, message: secret }, token);
  await rest('/api/login', { username: 'alice', password: `${secret}!` });
  await rest('/api/login', `{"password": "${secret}`);
  await rest('/trpc/auth.login', `{"password": "${secret}`);
  await rest(`/nowhere?token=${token}&password=${secret}`, { token, password: secret });
  await fetch(`${url}/healthz`, { headers: { 'x-request-id': 'mine', cookie: `session=${token}` } });
  await rest('/api/logout', { token });

  const { text, lines } = await log();

  for (const line of lines)
    expect(line).toMatchObject({ level: expect.any(Number), msg: expect.any(String) });
  expect(lines).toContainEqual(
    expect.objectContaining({
      msg: 'request',
      requestId: 'mine',
      method: 'GET',
      path: '/healthz',
      status: 200,
    }),
  );
  expect(lines.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(10);
  expect(lines.filter(({ level }) => level >= 50)).toEqual([]);
  expect(text).not.toContain(secret);
  expect(text).not.toContain(token);
});

const tables = ['inbox_messages', 'room_members', 'rooms', 'users', 'sessions'];

it('describes internal errors, still without the content of requests', async () => {
  const { alice, client, token, folder, rest, log } = await startLogging();
  const { id: roomId } = await alice.chat.createRoom.mutate({ name: 'cellar', password: secret });
  const file = new Database(`${folder}/data/mirage.db`, { timeout: 10_000 });

  // Drops one table after another; sessions last, because every call needs them.
  for (const table of tables) {
    file.exec(`PRAGMA foreign_keys = OFF; DROP TABLE ${table}`);
    const results = await tally([
      alice.inbox.sendMessage.mutate({ recipient: 'alice', text: secret }),
      alice.inbox.listMessages.query({ with: secret }),
      alice.chat.sendMessage.mutate({ roomId, text: secret }),
      alice.chat.createRoom.mutate({ name: secret, password: secret }),
      alice.chat.joinRoom.mutate({ name: 'cellar', password: secret }),
      alice.auth.changePassword.mutate({ currentPassword: secret, newPassword: secret }),
      client().auth.register.mutate({ username: table, email: table, password: secret, description: secret }),
      client().auth.login.mutate({ username: 'alice', password: secret }),
    ]);
    expect(results.INTERNAL, table).toBeGreaterThan(0);
    await rest('/api/send_inbox_message', { recipient: 'alice', message: secret }, token);
  }
  file.close();

  const { text, lines } = await log();

  const faults = lines.filter(({ level }) => level >= 50);
  expect(faults.length).toBeGreaterThan(tables.length);
  for (const fault of faults)
    expect(fault).toMatchObject({ requestId: expect.any(String), err: { stack: expect.any(String) } });
  expect(text).not.toContain(secret);
  expect(text).not.toContain(token);
  expect(text).not.toContain('$argon2');
});
