import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { times } from '../support/limits.ts';
import { tally } from '../support/refusal.ts';

/** One address for everybody: that of a school, or of an office. */
const network = '127.0.0.1';
const dayMs = 24 * 3_600_000;

type Mirage = Awaited<ReturnType<typeof startMirage>>;

/** What one machine behind the address has done: so many wrong passwords as an address may try. */
async function guessAHundredTimes({ deps }: Mirage): Promise<void> {
  while ((await deps.limits.count('passwordsFromAddress', network)) === 0);
}

const logIn = ({ client }: Mirage, username: string, password = `password of ${username}`) =>
  client().auth.login.mutate({ username, password });

it('lets a class of 30 behind one address register and log in at once', async () => {
  const mirage = await startMirage({ rateLimit: true });
  const registered = times(30, async (index) => {
    const user = { username: `pupil ${index}`, password: 'secret of the class' };
    await mirage.client().auth.register.mutate({ ...user, email: `${index}@school.example` });
    await mirage.client().auth.login.mutate(user);
  });
  expect(await tally(registered)).toEqual({ ok: 30 });
});

it('lets users log in from a known address despite failed attempts of others there', async () => {
  const mirage = await startMirage({ rateLimit: true });
  await mirage.user('ada');
  await logIn(mirage, 'ada');
  await guessAHundredTimes(mirage);

  await logIn(mirage, 'ada');
  expect(await tally(times(2, () => logIn(mirage, 'somebody else')))).toEqual({ TOO_MANY_REQUESTS: 2 });
  // Their own wrong passwords count.
  expect(await tally(times(11, () => logIn(mirage, 'ada', 'wrong')))).toEqual({
    INVALID_CREDENTIALS: 10,
    TOO_MANY_REQUESTS: 1,
  });
});

it('remembers the addresses of sessions in use, also after a restart', async () => {
  const before = await startMirage({ rateLimit: true });
  const { token } = await before.user('ada');
  const { databaseUrl } = before.deps.config;
  await before.close();
  const mirage = await startMirage({ rateLimit: true, databaseUrl });
  await mirage.client(token).auth.me.query();
  await guessAHundredTimes(mirage);
  await logIn(mirage, 'ada');
});

it('lets established users join private rooms despite failed attempts of others at their address', async () => {
  const mirage = await startMirage({ rateLimit: true });
  const [ada, bob] = [await mirage.user('ada'), await mirage.user('bob')];
  await bob.client.chat.createRoom.mutate({ name: 'cellar', password: 'right' });
  mirage.clock.advance(2 * dayMs);
  const newcomer = await mirage.user('newcomer');
  await guessAHundredTimes(mirage);

  const join = ({ client }: typeof ada, password = 'right') =>
    client.chat.joinRoom.mutate({ name: 'cellar', password });
  await join(ada);
  expect(await tally(times(11, () => join(ada, 'wrong')))).toEqual({
    WRONG_PASSWORD: 10,
    TOO_MANY_REQUESTS: 1,
  });
  // Registering more accounts brings no more guesses.
  expect(await tally([join(newcomer)])).toEqual({ TOO_MANY_REQUESTS: 1 });
});

it('serves the logins of others while one user changes the password 300 times at once', async () => {
  const mirage = await startMirage({ rateLimit: true });
  const [ada] = [await mirage.user('ada'), await mirage.user('bob')];
  const change = () => ada.client.auth.changePassword.mutate({ newPassword: 'another password' });

  const changes = tally(times(300, change));
  expect(await tally(times(3, () => logIn(mirage, 'bob')))).toEqual({ ok: 3 });
  expect(await changes).toEqual({ ok: 60, TOO_MANY_REQUESTS: 240 });
});

it('limits password work to 60 operations a minute for one user', async () => {
  const mirage = await startMirage({ rateLimit: true });
  const { client } = await mirage.user('ada');
  for (let others = 58; others > 0; others -= 1) await mirage.deps.limits.count('passwordWork', 'ada');
  expect(
    await tally([
      client.auth.changePassword.mutate({ newPassword: 'another password' }),
      client.chat.createRoom.mutate({ name: 'cellar', password: 'right' }),
      client.auth.changePassword.mutate({ newPassword: 'another password' }),
    ]),
  ).toEqual({ ok: 2, TOO_MANY_REQUESTS: 1 });
});
