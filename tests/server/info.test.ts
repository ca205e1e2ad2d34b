import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';

it('tells whoever asks its version and the limits that are set', async () => {
  const { client, user, deps } = await startMirage({
    editWindowMs: 90_000,
    externalAvatars: true,
    roomMessages: { capacity: 10, ttlMs: 3_600_000 },
  });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }; // safe: it is ours
  const expected = {
    version,
    externalAvatars: true,
    sendsMail: false,
    passkeyDomain: 'localhost',
    logins: [],
    limits: {
      editWindowSeconds: 90,
      clientIdSeconds: { inbox: 7 * 86_400, room: 3600 },
      maxTextLength: 16_384,
      maxReactions: 8,
    },
  };
  expect(await client().server.info.query()).toEqual(expected);
  expect(await (await user('ada')).client.server.info.query()).toEqual(expected);
  expect(deps.config.editWindowMs).toBe(90_000);
});

it('tells it to a plain GET', async () => {
  const { url } = await startMirage();
  const response = await fetch(`${url}/trpc/server.info`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ result: { data: { limits: { maxTextLength: 16_384 } } } });
});
