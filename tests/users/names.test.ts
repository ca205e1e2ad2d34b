import { hash } from '@node-rs/argon2';
import { describe, expect, it } from 'vitest';
import { addMissingNameForms } from '../../src/server/services/shared/names.ts';
import { startMirage } from '../support/harness.ts';
import { refusal, tally } from '../support/refusal.ts';

const cyrillicAda = 'аdа';

async function start() {
  const mirage = await startMirage();
  const { client } = mirage;
  const register = (username: string, email = `${username}@x`) =>
    client().auth.register.mutate({ username, email, password: 'a secret one' });
  const legacyRegister = async (username: string) => {
    const fields = { username, email: `${username} at home`, password: 'a secret one' };
    const [status, body] = await mirage.rest('POST', '/api/register', fields);
    return [status, body];
  };
  const login = (username: string, password = 'a secret one') =>
    client().auth.login.mutate({ username, password });
  return { ...mirage, register, legacyRegister, login };
}

describe('user names', () => {
  it('are normalized, and letters of any script', async () => {
    const { register } = await start();
    const given = [
      'Ada Lovelace',
      ' bob ',
      'he\u0301llo',
      '\uff43\uff44',
      '\u65e5\u672c\u8a9e',
      "O'Brien",
      '42',
    ];
    const stored = [];
    for (const name of given) stored.push((await register(name)).username);
    expect(stored).toEqual([
      'Ada Lovelace',
      'bob',
      'h\u00e9llo',
      'cd',
      '\u65e5\u672c\u8a9e',
      "O'Brien",
      '42',
    ]);
  });

  it.each([
    'ada\u200b',
    'a\u00adda',
    '\u202eada',
    'ada\nb',
    '\u200b',
    '\u2800',
    '\u{1f600}',
    'abc\u05e9',
    '\u0661\u06f1',
    '\u0e33\u200d',
  ])('cannot be %j', async (name) => {
    const { register } = await start();
    await expect(register(name, 'x')).rejects.toMatchObject(refusal('INVALID_INPUT'));
  });

  it('must not be confusable with another one, in either API, unless both are ASCII', async () => {
    const { register, legacyRegister } = await start();
    await register('ada');
    await expect(register(cyrillicAda)).rejects.toMatchObject(refusal('USERNAME_TAKEN'));
    for (const name of [cyrillicAda, 'ada\u200b', '\u202eada'])
      expect(await legacyRegister(name)).toEqual([400, { error: ' the user already exists' }]);
    await register('lol');
    await register('l0l');
    await register('io');
    expect(await tally([register('\u0456\u043e'), register('\u0456o')])).toEqual({ USERNAME_TAKEN: 2 });
  });

  it('that are confusable are given to one of many concurrent callers', async () => {
    const { register } = await start();
    const alike = ['\u0430bc', 'a\u0431c', '\u0430b\u0441', 'ab\u0441'];
    const outcome = await tally(alike.map((name) => register(name)));
    expect((outcome.ok ?? 0) + (outcome.USERNAME_TAKEN ?? 0)).toBe(4);
    expect(await tally([register('abc')])).toEqual({ USERNAME_TAKEN: 1 });
  });

  it('of existing accounts stay valid, and are compared with new ones', async () => {
    const { deps, register, login } = await start();
    const password = await hash('a secret one');
    await deps.db.user.create({ data: { username: `${cyrillicAda}\u200b`, email: 'a', password } });
    await addMissingNameForms(deps);
    await login(`${cyrillicAda}\u200b`);
    await expect(register('ada')).rejects.toMatchObject(refusal('USERNAME_TAKEN'));
  });

  it('are normalized at login, and compared exactly in the legacy API', async () => {
    const { register, login, rest } = await start();
    await register('h\u00e9l');
    for (const typed of ['h\u00e9l', ' h\u00e9l ', 'he\u0301l', '\uff48\u00e9l']) await login(typed);
    const [status] = await rest('POST', '/api/login', { username: ' h\u00e9l ', password: 'a secret one' });
    expect(status).toBe(404);
  });
});

it('compares passwords in normalized form, and old hashes with the original form', async () => {
  const { deps, client, login } = await start();
  await client().auth.register.mutate({ username: 'ada', email: 'a', password: 'caf\u00e9\u00a0with milk' });
  for (const typed of ['caf\u00e9 with milk', 'cafe\u0301\u3000with milk']) await login('ada', typed);
  await expect(login('ada', 'cafe with milk')).rejects.toMatchObject(refusal('INVALID_CREDENTIALS'));
  await deps.db.user.updateMany({ data: { password: await hash('cafe\u0301') } });
  await login('ada', 'cafe\u0301');
});

it('normalizes room names, and refuses those that are confusable with another', async () => {
  const { user } = await start();
  const { client } = await user('alice');
  const create = (name: string) => client.chat.createRoom.mutate({ name });
  expect((await create('  tea \u00a0 time ')).name).toBe('tea time');
  expect((await create('\u2764\ufe0f')).name).toBe('\u2764\ufe0f');
  for (const name of ['a\u200bb', '\u2800', 'a\nb', '\u202eab'])
    await expect(create(name)).rejects.toMatchObject(refusal('INVALID_INPUT'));
  await expect(create('t\u0435a time')).rejects.toMatchObject(refusal('ROOM_NAME_TAKEN'));
  expect((await client.chat.joinRoom.mutate({ name: 'tea\u00a0time' })).name).toBe('tea time');
});
