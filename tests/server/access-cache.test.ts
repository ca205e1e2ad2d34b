import { expect, it } from 'vitest';
import { type AccessCache, createAccessCache } from '../../src/server/access-cache.ts';

const session = (id: number) => ({ id, username: `user ${id}`, expiresAtMs: 1000, readAtMs: 0 });

function remember(cache: AccessCache, id: number): void {
  cache.rememberSession(`hash ${id}`, session(id), cache.version);
}

const knownSessions = (cache: AccessCache) => [1, 2, 3].map((id) => cache.session(`hash ${id}`)?.id);

it('keeps so many sessions, and forgets the one that was not used for the longest', () => {
  const cache = createAccessCache({ max: 2 });
  remember(cache, 1);
  remember(cache, 2);
  expect(cache.session('hash 1')).toEqual(session(1));
  remember(cache, 3);
  expect(knownSessions(cache)).toEqual([1, undefined, 3]);
  expect([1, 2, 3].map((id) => cache.isLive(id, 999))).toEqual([true, false, true]);
});

it('knows a session again that it had forgotten and was told of anew', () => {
  const cache = createAccessCache({ max: 2 });
  for (const id of [1, 2, 3, 1]) remember(cache, id);
  expect(knownSessions(cache)).toEqual([1, undefined, 3]);
  expect(cache.isLive(1, 999)).toBe(true);
  cache.forgetSessions([1]);
  expect(knownSessions(cache)).toEqual([undefined, undefined, 3]);
  expect(cache.isLive(1, 999)).toBe(false);
});

it('keeps so many memberships, counted apart from the sessions', () => {
  const cache = createAccessCache({ max: 2 });
  remember(cache, 1);
  remember(cache, 2);
  for (const username of ['ada', 'bob', 'cyd']) cache.rememberMember(7, username, cache.version);
  expect(['ada', 'bob', 'cyd'].map((username) => cache.isMember(7, username))).toEqual([false, true, true]);
  expect(knownSessions(cache)).toEqual([1, 2, undefined]);
});

it('keeps nothing that was read before something was forgotten', () => {
  const cache = createAccessCache();
  const { version } = cache;
  cache.forgetSessions([9]);
  cache.rememberSession('hash 1', session(1), version);
  cache.rememberMember(7, 'ada', version);
  expect([cache.session('hash 1'), cache.isMember(7, 'ada')]).toEqual([undefined, false]);
});

it('knows nothing while it has not heard what was to be forgotten', () => {
  let isUpToDate = true;
  const cache = createAccessCache({ isUpToDate: () => isUpToDate });
  remember(cache, 1);
  cache.rememberMember(7, 'ada', cache.version);
  const known = () => [cache.session('hash 1')?.id, cache.isLive(1, 999), cache.isMember(7, 'ada')];
  expect(known()).toEqual([1, true, true]);
  isUpToDate = false;
  expect(known()).toEqual([undefined, false, false]);
});
