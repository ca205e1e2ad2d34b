import { expect, it } from 'vitest';
import { type Person, startWithIssuers } from '../support/oidc.ts';

const publicUrl = 'https://chat.example/app';
const own = { origin: 'https://chat.example', 'content-type': 'application/json' };
const ada: Person = { id: 'ada', email: 'ada@example.com', email_verified: true, preferred_username: 'ada' };

async function start() {
  const mirage = await startWithIssuers({ publicUrl });
  const store = (body: unknown, headers: Record<string, string> = own) =>
    fetch(`${mirage.url}/oidc`, { method: 'POST', headers, body: JSON.stringify(body) });
  const comeBack = (path: string) => fetch(`${mirage.url}${path}`, { redirect: 'manual' });
  const take = (cookies: string[], headers: Record<string, string> = own) =>
    fetch(`${mirage.url}/oidc/return`, {
      method: 'POST',
      headers: { ...headers, cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') },
    });
  return { ...mirage, store, comeBack, take };
}

const cookiesOf = ({ headers }: Response) => headers.getSetCookie();

it('keeps a log-in in cookies that no script can read, and gives it to the page once', async () => {
  const { store, comeBack, take, arrive, anonymous } = await start();
  const { login, url } = await arrive(ada);
  const stored = await store({ login });
  expect(stored.status).toBe(204);
  expect(cookiesOf(stored)).toEqual([
    expect.stringMatching(
      new RegExp(
        `^mirage_oidc=${login}; Max-Age=600; Path=/app/oidc; Expires=.*; HttpOnly; Secure; SameSite=Lax$`,
      ),
    ),
  ]);

  const back = await comeBack(url.slice(publicUrl.length));
  expect(back.status).toBe(303);
  expect(back.headers.get('location')).toBe('../#/oidc');
  expect(back.headers.get('cache-control')).toBe('no-store');
  expect(back.headers.get('referrer-policy')).toBe('no-referrer');
  expect(cookiesOf(back)).toEqual([
    expect.stringMatching(/^mirage_oidc_return=.*; Path=\/app\/oidc; .*HttpOnly; Secure; SameSite=Strict$/),
  ]);

  const taken = await take([...cookiesOf(stored), ...cookiesOf(back)]);
  expect(cookiesOf(taken).map((cookie) => /^(\w+)=;.*Expires=Thu, 01 Jan 1970/.exec(cookie)?.[1])).toEqual([
    'mirage_oidc',
    'mirage_oidc_return',
  ]);
  const given = (await taken.json()) as { login: string; url: string };
  expect(given.login).toBe(login);
  expect(await anonymous.auth.finishOidc.mutate(given)).toMatchObject({ status: 'new', suggestion: 'ada' });
});

it('gives nothing to another page, nor to a browser in which no log-in has begun', async () => {
  const { store, comeBack, take, url } = await start();
  const login = 'x'.repeat(43);
  for (const headers of [
    { 'content-type': 'application/json' },
    { ...own, origin: 'https://evil.example' },
    { ...own, 'sec-fetch-site': 'same-site' },
  ]) {
    expect((await store({ login }, headers)).status).toBe(403);
    expect((await take(['mirage_oidc=x', 'mirage_oidc_return=company?code=x'], headers)).status).toBe(403);
  }
  const back = cookiesOf(await comeBack('/oidc/company?code=stolen&state=y'));
  expect((await take(back)).status).toBe(404);
  expect((await take(cookiesOf(await store({ login })))).status).toBe(404);
  for (const body of [{}, { login: '' }, { login: 'a; Path=/' }, { login: 1 }, []])
    expect((await store(body)).status).toBe(400);
  expect((await fetch(`${url}/oidc`)).status).toBe(404);
});

it('keeps no more of an answer than belongs to it', async () => {
  const { comeBack } = await start();
  const [cookie = ''] = cookiesOf(
    await comeBack('/oidc/company?code=a%3Bb%22&state=s&session_state=more&iss=a%2Fb&x=1'),
  );
  expect(cookie.split(';')[0]).toBe('mirage_oidc_return=company?code=a%3Bb%22&state=s&iss=a%2Fb');
  expect(cookiesOf(await comeBack(`/oidc/company?code=${'x'.repeat(4000)}`))).toEqual([]);
  for (const path of ['/oidc/school?code=x', '/oidc/company/x?code=x', '/oidc/%00?code=x'])
    expect((await comeBack(path)).status, path).toBe(404);
});
