import { expect, it } from 'vitest';
import { type AccessCache, createAccessCache } from '../../src/server/infra/stores/access-cache.ts';

const session = (id: number) => ({ id, username: `user ${id}`, expiresAtMs: 1000, readAtMs: 0 });

function remember(cache: AccessCache, id: number): void {
  cache.rememberSession(`hash ${id}`, session(id), cache.version);
}

const knownSessions = (cache: AccessCache) => [1, 2, 3].map((id) => cache.session(`hash ${id}`)?.id);

it('evicts the least recently used session', () => {
  const cache = createAccessCache({ max: 2 });
  remember(cache, 1);
  remember(cache, 2);
  expect(cache.session('hash 1')).toEqual(session(1));
  remember(cache, 3);
  expect(knownSessions(cache)).toEqual([1, undefined, 3]);
  expect([1, 2, 3].map((id) => cache.isLive(id, 999))).toEqual([true, false, true]);
});

it('caches an evicted session again', () => {
  const cache = createAccessCache({ max: 2 });
  for (const id of [1, 2, 3, 1]) remember(cache, id);
  expect(knownSessions(cache)).toEqual([1, undefined, 3]);
  expect(cache.isLive(1, 999)).toBe(true);
  cache.forgetSessions([1]);
  expect(knownSessions(cache)).toEqual([undefined, undefined, 3]);
  expect(cache.isLive(1, 999)).toBe(false);
});

it('bounds memberships separately from sessions', () => {
  const cache = createAccessCache({ max: 2 });
  remember(cache, 1);
  remember(cache, 2);
  for (const username of ['ada', 'bob', 'cyd'])
    cache.rememberMember(7, username, { version: cache.version, pause: 0 });
  expect(['ada', 'bob', 'cyd'].map((username) => cache.isMember(7, username))).toEqual([false, true, true]);
  expect(knownSessions(cache)).toEqual([1, 2, undefined]);
});

it('forgets all members of one room only', () => {
  const cache = createAccessCache();
  for (const roomId of [7, 70])
    for (const username of ['ada', 'bob'])
      cache.rememberMember(roomId, username, { version: cache.version, pause: 0 });
  const known = () =>
    [7, 70].flatMap((roomId) => ['ada', 'bob'].map((username) => cache.isMember(roomId, username)));

  cache.forgetRoom(7);
  expect(known()).toEqual([false, false, true, true]);

  cache.rememberMember(7, 'ada', { version: cache.version, pause: 0 });
  expect(known()).toEqual([true, false, true, true]);
});

it('knows how long members pause, until they or their room are forgotten', () => {
  const cache = createAccessCache({ max: 2 });
  const remember = (username: string, pause: number) =>
    cache.rememberMember(7, username, { version: cache.version, pause });
  remember('ada', 5);
  remember('bob', 0);
  const pauses = () => ['ada', 'bob'].map((username) => cache.pauseOf(7, username));
  expect(pauses()).toEqual([5, 0]);
  cache.forgetMember(7, 'ada');
  expect(pauses()).toEqual([undefined, 0]);
  remember('ada', 9);
  remember('ada', 8);
  expect(pauses()).toEqual([8, 0]);
  cache.forgetRoom(7);
  expect(pauses()).toEqual([undefined, undefined]);
});

it('discards reads that began before an invalidation', () => {
  const cache = createAccessCache();
  const { version } = cache;
  cache.forgetSessions([9]);
  cache.rememberSession('hash 1', session(1), version);
  cache.rememberMember(7, 'ada', { version, pause: 0 });
  expect([cache.session('hash 1'), cache.isMember(7, 'ada')]).toEqual([undefined, false]);
});

it('returns nothing while invalidations cannot be received', () => {
  let isUpToDate = true;
  const cache = createAccessCache({ isUpToDate: () => isUpToDate });
  remember(cache, 1);
  cache.rememberMember(7, 'ada', { version: cache.version, pause: 0 });
  const known = () => [cache.session('hash 1')?.id, cache.isLive(1, 999), cache.isMember(7, 'ada')];
  expect(known()).toEqual([1, true, true]);
  isUpToDate = false;
  expect(known()).toEqual([undefined, false, false]);
});
