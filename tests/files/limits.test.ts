import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/server/core/config.ts';
import { startSharing } from '../support/sharing.ts';

const withFiles = (files: Partial<ReturnType<typeof loadConfig>['files']>) =>
  startSharing({ files: { ...loadConfig({}).files, ...files } });

/** Everything stored, and what has been left of uploads. */
const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && entry.name !== 'installation',
  );

/** How many uploads had which answer, and how many of ten calls were answered before the last upload was. */
async function uploadAtOnce(
  count: number,
  { client }: { client: Awaited<ReturnType<typeof startSharing>>['ada']['client'] },
  upload: (n: number) => Promise<{ status: number; body: Record<string, unknown> }>,
) {
  const answers: Record<string, number> = {};
  let callsBefore = 0;
  let isOver = false;
  const uploads = Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const { status, body } = await upload(n);
      const answer = [status, ...(status === 201 ? [] : [body.reason])].join(' ');
      answers[answer] = (answers[answer] ?? 0) + 1;
    }),
  ).finally(() => {
    isOver = true;
  });
  for (let call = 0; call < 10; call += 1) {
    await client.auth.me.query();
    if (!isOver) callsBefore += 1;
  }
  await uploads;
  return { answers, callsBefore };
}

const bytes = (count: number, letter = 'x') => letter.repeat(count);

it('refuses a file above the limit, and takes one of exactly the limit', async () => {
  const { filesFolder, ada, roomId, upload, form } = await withFiles({ maxBytes: 1000 });
  const send = (count: number) =>
    upload(ada.token, `roomId=${roomId}`, form(bytes(count), 'x.txt', 'text/plain'));
  expect(await send(1000)).toMatchObject({ status: 201 });
  expect(await send(1001)).toMatchObject({ status: 413, body: { reason: 'FILE_TOO_LARGE' } });
  expect(await readdir(join(filesFolder, 'incoming'))).toEqual([]);
});

it('takes only the types that are allowed', async () => {
  const { ada, roomId, upload, form } = await withFiles({ types: ['text/*', 'application/pdf'] });
  const send = (name: string, type: string, content: string) =>
    upload(ada.token, `roomId=${roomId}`, form(content, name, type));
  expect(await send('a.txt', 'text/plain', 'words')).toMatchObject({ status: 201 });
  expect(await send('a.zip', 'application/zip', 'PK\u0003\u0004')).toMatchObject({
    status: 415,
    body: { reason: 'FILE_TYPE_NOT_ALLOWED' },
  });
});

it('takes no more of one user than the quota, however many uploads there are at a time', async () => {
  const { mirage, filesFolder, ada, bob, roomId, upload, form } = await withFiles({
    userQuotaBytes: 1000,
    maxUploadsPerUser: 1000,
  });
  const { answers, callsBefore } = await uploadAtOnce(1000, ada, (n) =>
    upload(ada.token, `roomId=${roomId}`, form(`${n}`.padEnd(300), 'x.txt', 'text/plain')),
  );
  expect(answers).toEqual({ '201': 3, '413 FILE_QUOTA': 997 });
  expect(callsBefore).toBe(10);
  const usage = await mirage.deps.db.fileUsage.findUnique({ where: { owner: 'ada' } });
  expect(Number(usage?.bytes)).toBe(900);
  expect(await mirage.deps.db.file.count()).toBe(3);
  expect(await mirage.deps.db.fileContent.count()).toBe(3);
  // One of the many connections that are kept open may end in the same moment.
  const bobs = () => upload(bob.token, `roomId=${roomId}`, form(bytes(900), 'x.txt', 'text/plain'));
  await expect.poll(() => bobs().catch(() => undefined)).toMatchObject({ status: 201 });
  expect(await filesIn(filesFolder)).toHaveLength(4);
});

it('takes no more of all users than there is room for, nor more at a time than it may', async () => {
  const { mirage, filesFolder, ada, bob, carol, upload, form } = await withFiles({ totalQuotaBytes: 1000 });
  const senders = [ada, bob, carol];
  const { answers, callsBefore } = await uploadAtOnce(200, ada, (n) =>
    upload(senders[n % 3]?.token, 'recipient=ada', form(`${n}`.padEnd(300), 'x.txt', 'text/plain')),
  );
  const { '201': stored = 0, '507 STORAGE_FULL': full = 0, '429 TOO_MANY_UPLOADS': waiting = 0 } = answers;
  expect(stored + full + waiting).toBe(200);
  expect(waiting).toBeGreaterThan(0);
  expect(callsBefore).toBe(10);
  // More than fit were let in, whose turn came before the rest were refused.
  expect(stored).toBe(3);
  expect(await mirage.deps.db.file.count()).toBe(3);
  expect(await mirage.deps.db.fileContent.count()).toBe(3);
  expect(await filesIn(filesFolder)).toHaveLength(3);
});

it('answers 507 when there is no room for files of anybody', async () => {
  const { ada, bob, roomId, upload, form } = await withFiles({ totalQuotaBytes: 1000 });
  expect(await upload(ada.token, `roomId=${roomId}`, form(bytes(900), 'x.txt', 'text/plain'))).toMatchObject({
    status: 201,
  });
  expect(await upload(bob.token, `roomId=${roomId}`, form(bytes(101), 'x.txt', 'text/plain'))).toMatchObject({
    status: 507,
    body: { reason: 'STORAGE_FULL' },
  });
});

it('takes no files where they are switched off', async () => {
  const { ada, roomId, upload, form } = await withFiles({ url: 'off' });
  expect(await upload(ada.token, `roomId=${roomId}`, form('x', 'x.txt', 'text/plain'))).toMatchObject({
    status: 403,
    body: { reason: 'FILES_OFF' },
  });
});

it('gives the same file for a repeated upload, and refuses another one under its key', async () => {
  const { ada, bob, roomId, upload, form } = await startSharing();
  const send = (token: string, content: string, query = `roomId=${roomId}`) =>
    upload(token, query, form(content, 'x.txt', 'text/plain'), { 'idempotency-key': 'a-key' });
  const [first, second] = await Promise.all([send(ada.token, 'same'), send(ada.token, 'same')]);
  expect([first?.status, second?.status]).toEqual([201, 201]);
  expect(second?.body).toEqual(first?.body);
  expect((await send(ada.token, 'same')).body).toEqual(first?.body);
  for (const again of [send(ada.token, 'other'), send(ada.token, 'same', 'recipient=bob')])
    expect(await again).toMatchObject({ status: 422, body: { reason: 'IDEMPOTENCY_KEY_REUSED' } });
  expect((await send(bob.token, 'same')).body.id).not.toBe(first?.body.id);
});
