import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';

it('names the scheme with every 401, and with no other status', async () => {
  const { url, user } = await startMirage({ metricsToken: 'token of the metrics' });
  const ada = await user('ada');
  const json = { 'content-type': 'application/json' };
  const connectionParams = encodeURIComponent(JSON.stringify({ ticket: 'no-such-ticket' }));
  const wrong = { authorization: 'no-such-token' };
  const login = (password: string) => ({
    method: 'POST',
    headers: json,
    body: JSON.stringify({ username: 'ada', password }),
  });

  const answer = async (path: string, init: RequestInit) => {
    const { status, headers, body } = await fetch(url + path, init);
    await body?.cancel();
    return [path, status, headers.get('www-authenticate')];
  };

  for (const [path, init] of [
    ['/api/inbox', {}],
    ['/api/inbox', { headers: wrong }],
    ['/api/inbox', { method: 'HEAD' }],
    ['/api/login', login('guess')],
    ['/trpc/auth.login', login('guess')],
    ['/trpc/auth.me', {}],
    ['/trpc/auth.me', { headers: { ...wrong, ...json } }],
    ['/trpc/auth.me,auth.me?batch=1&input={}', { headers: wrong }],
    [`/trpc/chat.onMessage?connectionParams=${connectionParams}`, {}],
    ['/session', { method: 'POST', headers: { ...wrong, origin: url } }],
    ['/metrics', {}],
    ['/metrics', { headers: wrong }],
  ] as [string, RequestInit][])
    expect.soft(await answer(path, init)).toEqual([path, 401, 'Bearer']);

  const authorization = { authorization: ada.token };
  for (const [path, init, status] of [
    ['/api/inbox', { headers: authorization }, 200],
    ['/api/rooms', {}, 400],
    ['/api/get_room_messages?room_id=1', { headers: authorization }, 403],
    ['/api/nothing', {}, 404],
    ['/trpc/auth.me', { headers: authorization }, 200],
    ['/session', { method: 'POST', headers: wrong }, 403],
  ] as [string, RequestInit, number][])
    expect.soft(await answer(path, init)).toEqual([path, status, null]);
});
