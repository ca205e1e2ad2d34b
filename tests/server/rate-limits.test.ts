import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { advanceMonotonicClock, retryAfter, times } from '../support/limits.ts';
import { tally } from '../support/refusal.ts';

async function startWithAlice() {
  const mirage = await startMirage({ rateLimit: true });
  return { ...mirage, alice: await mirage.user('alice') };
}

it('limits wrong current passwords at a password change', async () => {
  const { alice } = await startWithAlice();
  const change = (currentPassword: string) =>
    alice.client.auth.changePassword.mutate({ currentPassword, newPassword: 'a new password' });
  expect(await tally(times(11, () => change('wrong')))).toEqual({ WRONG_PASSWORD: 10, TOO_MANY_REQUESTS: 1 });
  expect(await retryAfter(change(alice.password))).toBeGreaterThan(14 * 60);
});

it('limits wrong room passwords by user and room, and resets them after the right one', async () => {
  const { alice, user } = await startWithAlice();
  const { client: bob } = await user('bob');
  for (const name of ['cellar', 'attic'])
    await alice.client.chat.createRoom.mutate({ name, password: 'right' });
  const join = (password: string, name = 'cellar', { chat } = bob) =>
    chat.joinRoom.mutate({ name, password });

  await tally(times(9, () => join('wrong')));
  await join('right');
  expect(await tally(times(10, () => join('wrong')))).toEqual({ WRONG_PASSWORD: 10 });

  const wait = await retryAfter(join('right'));
  expect(wait).toBeGreaterThan(14 * 60);
  await join('right', 'attic');
  await join('right', 'cellar', alice.client);
  advanceMonotonicClock(wait * 1000);
  await join('right');
});

it('creates at most 60 accounts an hour from one address', async () => {
  const { client, deps } = await startMirage({ rateLimit: true });
  const register = (index: number) =>
    client().auth.register.mutate({ username: `${index}`, email: `${index}`, password: 'a secret one' });
  for (let others = 55; others > 0; others -= 1) await deps.limits.count('register', '127.0.0.1');
  expect(await tally(times(6, register))).toEqual({ ok: 5, TOO_MANY_REQUESTS: 1 });
  const wait = await retryAfter(register(99));
  expect(wait).toBeLessThanOrEqual(60 * 60);
  advanceMonotonicClock(wait * 1000);
  await register(99);
});

it('sends at most 600 messages a minute for one user, to rooms and inboxes together', async () => {
  const { alice, user } = await startWithAlice();
  const { client: bob } = await user('bob');
  const { id: roomId } = await alice.client.chat.createRoom.mutate({ name: 'general' });
  const say = (index: number) => alice.client.chat.sendMessage.mutate({ roomId, text: `${index}` });
  const write = (index: number) =>
    alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: `${index}` });

  expect(await tally([...times(300, say), ...times(300, write)])).toEqual({ ok: 600 });

  for (const call of [say, write]) expect(await retryAfter(call(0))).toBeLessThanOrEqual(60);
  await bob.inbox.sendMessage.mutate({ recipient: 'alice', text: 'hello' });
  advanceMonotonicClock(60_000);
  await say(0);
});

it('answers legacy callers with the same refusal, in JSON', async () => {
  const { url, alice } = await startWithAlice();
  const post = async (path: string, fields: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(fields),
    });
    const wait = Number(response.headers.get('retry-after'));
    return { status: response.status, body: (await response.json()) as unknown, wait };
  };
  const tooMany = { status: 429, body: { error: 'too many requests' }, wait: expect.any(Number) };

  const logins = await Promise.all(times(11, () => post('login', { username: 'alice', password: 'wrong' })));
  expect(logins.filter(({ status }) => status === 401)).toHaveLength(10);
  const [refused] = logins.filter(({ status }) => status !== 401);
  expect(refused).toEqual(tooMany);
  expect(refused?.wait).toBeGreaterThan(14 * 60);

  const write = () =>
    post('send_inbox_message', { recipient: 'alice', message: 'hello' }, { authorization: alice.token });
  const { inbox } = alice.client;
  await Promise.all(times(600, () => inbox.sendMessage.mutate({ recipient: 'alice', text: 'hello' })));
  expect(await write()).toEqual(tooMany);
});

it('applies no limit when RATE_LIMIT is off', async () => {
  const { client, user } = await startMirage({ rateLimit: false });
  const { inbox } = (await user('alice')).client;
  const login = () => client().auth.login.mutate({ username: 'alice', password: 'wrong' });
  expect(await tally(times(25, login))).toEqual({ INVALID_CREDENTIALS: 25 });
  const write = () => inbox.sendMessage.mutate({ recipient: 'alice', text: 'hello' });
  expect(await tally(times(620, write))).toEqual({ ok: 620 });
});
