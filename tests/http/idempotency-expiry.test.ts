import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';

// Redis, by its own clock, is tested in tests/stores/kept-answers.contract.ts.
it('gives the first answer again for a day', async () => {
  const { url, clock, user } = await startMirage();
  const { token } = await user('ada');
  async function create() {
    const response = await fetch(`${url}/trpc/chat.createRoom`, {
      method: 'POST',
      headers: { authorization: token, 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: JSON.stringify({ name: 'lobby' }),
    });
    return [response.status, await response.text()];
  }
  const first = await create();
  expect(first[0]).toBe(200);
  clock.advance(24 * 3_600_000 - 60_000);
  expect(await create()).toEqual(first);
  clock.advance(61_000);
  expect(await create()).toEqual([409, expect.stringContaining('ROOM_NAME_TAKEN')]);
});
