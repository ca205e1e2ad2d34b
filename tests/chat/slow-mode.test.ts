import { expect, it, vi } from 'vitest';
import { outcomes, refusal } from '../support/refusal.ts';
import { insiders, type Person, startPeople } from './people.ts';

async function startSlow(seconds = 60, settings: Parameters<typeof startPeople>[0] = {}) {
  const mirage = await startPeople(settings);
  const { chat, roomId } = mirage;
  const setPause = (slowModeSeconds: number) => chat('owner').updateRoom.mutate({ roomId, slowModeSeconds });
  await setPause(seconds);
  const send = (person: Person, more: { clientId?: string; replyTo?: string; text?: string } = {}) =>
    chat(person).sendMessage.mutate({ roomId, text: 'hello', ...more });
  return { ...mirage, setPause, send };
}

it('lets members send once in that time, and owners and moderators at any time', async () => {
  const { askAll, send } = await startSlow();
  expect(await askAll((_, person) => send(person))).toEqual(insiders('ok', 'ok', 'ok'));
  expect(await askAll((_, person) => send(person))).toEqual(insiders('ok', 'ok', 'SLOW_MODE'));
});

it.each([true, false])('says how long to wait (rate limits: %j)', async (rateLimit) => {
  const { send, rest, users, roomId } = await startSlow(60, { rateLimit });
  await send('member');
  const error = await send('member').catch((refused: unknown) => refused);
  expect(error).toMatchObject({ data: { reason: 'SLOW_MODE', httpStatus: 429 } });
  const { retryAfterMs } = (error as { data: { retryAfterMs: number } }).data;
  expect(retryAfterMs).toBeGreaterThan(50_000);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  expect(
    await rest('POST', '/api/send_room_message', {
      token: users.member.token,
      room_id: roomId,
      message: 'x',
    }),
  ).toEqual([429, { error: 'slow mode: wait before you send another message' }]);
});

it('tells legacy clients in seconds when to try again', async () => {
  const { send, url, users, roomId } = await startSlow();
  await send('member');
  const { status, headers } = await fetch(`${url}/api/send_room_message`, {
    method: 'POST',
    headers: { authorization: users.member.token, 'content-type': 'application/json' },
    body: JSON.stringify({ room_id: roomId, message: 'x' }),
  });
  expect([status, Number(headers.get('retry-after')) > 50]).toEqual([429, true]);
});

it('lets a member send again after it', async () => {
  const { send } = await startSlow(1);
  await send('member');
  await expect(send('member')).rejects.toMatchObject(refusal('SLOW_MODE'));
  await vi.waitUntil(async () => (await outcomes([send('member')]))[0] === 'ok', { timeout: 5000 });
});

it('counts each member and each room apart', async () => {
  const { chat, send } = await startSlow();
  await chat('former').joinRoom.mutate({ name: 'den' });
  await send('member');
  await send('former');
  const { id: other } = await chat('member').createRoom.mutate({ name: 'other' });
  for (let message = 0; message < 3; message += 1)
    await chat('member').sendMessage.mutate({ roomId: other, text: 'hello' });
});

it('starts and ends with the setting, at once', async () => {
  const { send, setPause } = await startSlow(0);
  for (let message = 0; message < 3; message += 1) await send('member');
  await setPause(3600);
  expect(await outcomes([send('member')])).toEqual(['ok']);
  expect(await outcomes([send('member')])).toEqual(['SLOW_MODE']);
  await setPause(0);
  await send('member');
  await send('member');
});

it('shortens a wait that began when it was longer', async () => {
  const { send, setPause } = await startSlow(3600);
  await send('member');
  await setPause(10);
  await send('member');
  await expect(send('member')).rejects.toMatchObject(refusal('SLOW_MODE'));
});

it('follows changes of roles', async () => {
  const { chat, roomId, send } = await startSlow();
  const give = (role: 'moderator' | 'member') =>
    chat('owner').setRole.mutate({ roomId, username: 'member', role });
  await send('member');
  await give('moderator');
  await send('member');
  await give('member');
  await expect(send('member')).rejects.toMatchObject(refusal('SLOW_MODE'));
});

it('answers a repeated message as before, and counts it once', async () => {
  const { send, chat, roomId } = await startSlow();
  const first = await send('member', { clientId: 'one' });
  expect(await send('member', { clientId: 'one' })).toEqual(first);
  expect(await outcomes([send('member', { clientId: 'two' })])).toEqual(['SLOW_MODE']);
  expect(await outcomes([send('member', { clientId: 'one', text: 'other' })])).toEqual(['CLIENT_ID_REUSED']);
  expect(await chat('owner').listMessages.query({ roomId })).toHaveLength(1);
});

it('is not used up by a message that is refused for another reason', async () => {
  const { send } = await startSlow();
  expect(await outcomes([send('member', { replyTo: '1-1' })])).toEqual(['MESSAGE_NOT_FOUND']);
  await send('member');
});

it('costs no statement where there is none', async () => {
  const { chat, deps, roomId, send } = await startSlow(0);
  await send('member');
  const statements = [vi.spyOn(deps.db, '$queryRaw'), vi.spyOn(deps, 'sql')];
  for (let message = 0; message < 5; message += 1) await send('member');
  expect(statements.flatMap(({ mock }) => mock.calls)).toEqual([]);
  await chat('owner').updateRoom.mutate({ roomId, slowModeSeconds: 60 });
  await send('member');
  expect(statements.flatMap(({ mock }) => mock.calls)).not.toEqual([]);
});

it('lets one of several messages through that are sent at once', async () => {
  const { send } = await startSlow();
  const sent = await outcomes(Array.from({ length: 5 }, (_, n) => send('member', { clientId: `${n}` })));
  expect(sent.sort()).toEqual(['SLOW_MODE', 'SLOW_MODE', 'SLOW_MODE', 'SLOW_MODE', 'ok']);
});
