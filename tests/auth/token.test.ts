import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';

async function startWithToken() {
  const { url, user } = await startMirage();
  const { token } = await user('alice');
  /** The status of `auth.me` for an Authorization header. */
  async function status(authorization: string): Promise<number> {
    const response = await fetch(`${url}/trpc/auth.me`, { headers: { authorization } });
    await response.text();
    return response.status;
  }
  return { token, url, status };
}

it.each(['', 'Bearer ', 'bearer ', 'BEARER ', 'bEaReR ', 'Bearer   '])(
  'takes a token after "%s"',
  async (prefix) => {
    const { token, status } = await startWithToken();
    expect(await status(prefix + token)).toBe(200);
  },
);

it.each(['Basic ', 'Token ', 'Digest token=', 'Bearer', 'Bearer: ', 'Bearer Bearer ', 'My Bearer '])(
  'takes no token after "%s"',
  async (prefix) => {
    const { token, status } = await startWithToken();
    expect(await status(prefix + token)).toBe(401);
  },
);

it('accepts only the exact token that was issued', async () => {
  const { token, status } = await startWithToken();
  const other = token.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
  for (const wrong of [
    other,
    token.slice(1),
    token.slice(0, -1),
    `${token}x`,
    `"${token}"`,
    'Bearer',
    'null',
    '%',
  ])
    expect(await status(wrong), wrong).toBe(401);
});

it('ignores tokens in the query and the body', async () => {
  const { token, url } = await startWithToken();
  const inQuery = await fetch(`${url}/trpc/auth.me?token=${token}&authorization=${token}`);
  const inBody = await fetch(`${url}/trpc/auth.logout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  expect([inQuery.status, inBody.status]).toEqual([401, 401]);
});

it('refuses the hash of a token', async () => {
  const { url, user, deps } = await startMirage();
  await user('alice');
  const { tokenHash } = await deps.db.session.findFirstOrThrow();
  const response = await fetch(`${url}/trpc/auth.me`, { headers: { authorization: tokenHash } });
  expect(response.status).toBe(401);
});
