import { expect, it } from 'vitest';
import { createMirageClient, reasonOf } from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';

it('asks for its token before each request, and does without while there is none', async () => {
  const { url, user } = await startMirage();
  const { token } = await user('alice');
  let current: string | undefined;
  const client = createMirageClient({ url, token: async () => current });

  await expect(client.auth.me.query()).rejects.toMatchObject({ data: { reason: 'UNAUTHORIZED' } });
  current = token;
  expect(await client.auth.me.query()).toMatchObject({ username: 'alice' });
  current = undefined;
  await expect(client.auth.me.query()).rejects.toMatchObject({ data: { reason: 'UNAUTHORIZED' } });
});

it('finds the server with or without a slash behind its address', async () => {
  const { url } = await startMirage();
  for (const address of [url, `${url}/`])
    expect(await createMirageClient({ url: address }).users.count.query()).toBe(0);
});

it('makes more calls at once than the server takes in one request', async () => {
  const { client } = await startMirage();
  const { users } = client();
  const counts = await Promise.all(Array.from({ length: 50 }, () => users.count.query()));
  expect(counts).toEqual(Array(50).fill(0));
});

it('tells the reason of a refusal, and none of anything else', async () => {
  const { client, url, close } = await startMirage();
  const refused = await client()
    .auth.me.query()
    .catch((error: unknown) => error);
  expect(reasonOf(refused)).toBe('UNAUTHORIZED');

  await close();
  const lost = await createMirageClient({ url })
    .users.count.query()
    .catch((error: unknown) => error);
  expect(lost).toBeInstanceOf(Error);
  expect(reasonOf(lost)).toBeUndefined();
  for (const other of [new Error('x'), 'UNAUTHORIZED', null, undefined, { data: { reason: 'UNAUTHORIZED' } }])
    expect(reasonOf(other)).toBeUndefined();
});
