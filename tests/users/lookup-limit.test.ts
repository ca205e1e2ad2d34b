import { expect, it } from 'vitest';
import { limits } from '../../src/server/infra/limits/rate-limits.ts';
import { startMirage } from '../support/harness.ts';
import { outcomes } from '../support/refusal.ts';

const { attempts } = limits.lookup;

it('limits lookups of unknown names by one address without a session', async () => {
  const { client, rest, user } = await startMirage({ rateLimit: true });
  const alice = await user('alice');
  const stranger = client();
  const lookUp = (caller: typeof stranger, username: string) =>
    outcomes([caller.users.get.query({ username })]);
  for (let n = 0; n < attempts - 1; n += 1)
    expect(await rest('GET', `/api/user/nobody${n}`)).toEqual([404, { error: 'user not found' }]);
  // Names that exist do not count.
  for (let n = 0; n < 5; n += 1) await stranger.users.get.query({ username: 'alice' });
  expect(await lookUp(stranger, 'nobody')).toEqual(['USER_NOT_FOUND']);

  expect(await lookUp(stranger, 'nobody')).toEqual(['TOO_MANY_REQUESTS']);
  expect(await lookUp(client('stale'), 'alice')).toEqual(['TOO_MANY_REQUESTS']);
  expect(await rest('GET', '/api/user/alice')).toEqual([429, { error: 'too many requests' }]);
  // With a session nobody is refused.
  expect(await lookUp(alice.client, 'nobody')).toEqual(['USER_NOT_FOUND']);
  expect((await rest('GET', '/api/user/alice', { token: alice.token }))[0]).toBe(200);
});
