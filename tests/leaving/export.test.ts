import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadConfig } from '../../src/server/core/config.ts';
import { startExports } from '../../src/server/services/exports/make-exports.ts';
import { createAccessToken } from '../../src/server/services/sessions/access-tokens.ts';
import { startMirage } from '../support/harness.ts';
import { publicUrl, startWithMail } from '../support/mail.ts';
import { refusal, tally } from '../support/refusal.ts';
import { startSharing } from '../support/sharing.ts';
import { unzip } from '../support/unzip.ts';
import { exported, gonePast } from './support.ts';

const dayMs = 24 * 3_600_000;

const download = async (origin: string, url: string | null | undefined) => {
  const response = await fetch(new URL(url ?? '', origin));
  return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
};

it('has everything of its owner in it, and nothing of others', async () => {
  const { mirage, ada, bob, carol, upload, form } = await startSharing();
  const { url, deps } = mirage;
  const kept = await ada.client.chat.createRoom.mutate({ name: 'kept', history: 'kept' });
  const hall = await bob.client.chat.createRoom.mutate({ name: 'hall', history: 'ephemeral' });
  await bob.client.chat.joinRoom.mutate({ name: 'kept' });
  await ada.client.chat.joinRoom.mutate({ name: 'hall' });
  const file = await upload(ada.token, `roomId=${kept.id}`, form('the file', 'note.txt', 'text/plain'));
  const fileId = String(file.body.id);
  await ada.client.chat.sendMessage.mutate({ roomId: kept.id, text: 'kept by ada', attachments: [fileId] });
  const said: { id: string; roomId: number }[] = [];
  for (const { id: roomId } of [kept, hall]) {
    const { id } = await bob.client.chat.sendMessage.mutate({ roomId, text: 'by bob' });
    await ada.client.chat.react.mutate({ roomId, id, emoji: '🎉' });
    await bob.client.chat.react.mutate({ roomId, id, emoji: '👍' });
    said.push({ roomId, id });
  }
  await ada.client.chat.sendMessage.mutate({ roomId: hall.id, text: 'held by ada' });
  const sent = await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'to bob' });
  await bob.client.inbox.react.mutate({ id: sent.id, emoji: '👍' });
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'to ada' });
  await bob.client.inbox.sendMessage.mutate({ recipient: 'carol', text: 'a secret of others' });
  await ada.client.users.block.mutate({ username: 'carol' });
  await ada.client.users.updatePrivacy.mutate({ findable: false });
  await createAccessToken(deps, { username: 'ada', name: 'script', scopes: ['inbox:read'] });
  const own = { username: 'ada', createdAt: new Date() };
  await deps.db.totp.create({ data: { ...own, secret: 'SECRET OF APP', confirmedAt: own.createdAt } });
  await deps.db.passkey.create({
    data: { ...own, credentialId: 'id', publicKey: 'KEY OF PASSKEY', counter: 0n, name: 'Phone' },
  });
  await deps.db.recoveryCode.create({ data: { username: 'ada', codeHash: 'HASH OF CODE' } });
  await deps.db.identity.create({
    data: { ...own, issuer: 'https://company.example', subject: 'ada-there' },
  });

  expect(await ada.client.auth.getExport.query()).toBeNull();
  expect(await ada.client.auth.exportData.mutate()).toMatchObject({ progress: 0, url: null, size: null });
  await exported(deps, 'ada');
  const ready = await ada.client.auth.getExport.query();
  expect(ready).toMatchObject({ state: 'ready', progress: 100 });
  const { response, bytes } = await download(url, ready?.url);
  expect([response.status, response.headers.get('cache-control'), bytes.length]).toEqual([
    200,
    'no-store',
    ready?.size,
  ]);
  expect(response.headers.get('content-disposition')).toMatch(
    /^attachment; filename="?mirage-data-[\d-]+\.zip/,
  );
  const archive = await unzip(bytes);
  const { 'README.txt': readme, ...data } = archive;
  expect(readme).toContain('inbox-messages.jsonl');
  expect(data).toMatchObject({
    'profile.jsonl': [{ username: 'ada', email: 'ada@example.com' }],
    'settings.jsonl': [{ findable: false, readReceipts: true }],
    'sessions.jsonl': [{ id: expect.any(Number), method: 'password' }],
    'access-tokens.jsonl': [{ name: 'script', scopes: ['inbox:read'] }],
    'second-factors.jsonl': [{ kind: 'totp' }, { kind: 'passkey', name: 'Phone' }],
    'log-ins.jsonl': [{ issuer: 'https://company.example', subject: 'ada-there' }],
    'blocks.jsonl': [{ username: 'carol' }],
    'rooms.jsonl': [
      { name: 'den', role: 'owner' },
      { name: 'kept', role: 'owner', history: 'kept' },
      { name: 'hall', role: 'member' },
    ],
    'conversations.jsonl': [{ with: 'bob', messages: 2, unread: 1 }],
    'inbox-messages.jsonl': [
      { text: 'to ada', sender: 'bob' },
      { text: 'to bob', recipient: 'bob', reactions: [{ emoji: '👍', users: ['bob'] }] },
    ],
    'room-messages.jsonl': [
      { roomId: kept.id, text: 'kept by ada', files: [{ id: fileId, name: 'note.txt' }] },
      { roomId: hall.id, text: 'held by ada' },
    ],
    'reactions.jsonl': said.map(({ roomId, id }) => ({ roomId, messageId: id, emoji: '🎉' })),
    'files.jsonl': [{ id: fileId, name: 'note.txt', path: `files/${fileId}/note.txt` }],
    [`files/${fileId}/note.txt`]: 'the file',
  });
  const text = JSON.stringify(archive);
  const { tokenHash = '' } = (await deps.db.session.findFirst({ where: { username: 'ada' } })) ?? {};
  const { password = '' } = (await deps.db.user.findUnique({ where: { username: 'ada' } })) ?? {};
  const stored = ['SECRET OF APP', 'KEY OF PASSKEY', 'HASH OF CODE', tokenHash, password];
  for (const secret of ['a secret of others', ada.token, ...stored, 'signature='])
    expect(text).not.toContain(secret);
  expect(carol.token).not.toBe('');
});

describe('an archive', () => {
  async function setup(settings: Parameters<typeof startMirage>[0] = {}) {
    const mirage = await startMirage(settings);
    const [ada, bob] = [await mirage.user('ada'), await mirage.user('bob')];
    const make = async () => {
      await ada.client.auth.exportData.mutate();
      await exported(mirage.deps, 'ada');
      return (await ada.client.auth.getExport.query())?.url;
    };
    const objects = async () => {
      const folder = mirage.deps.config.files.url?.slice('file:'.length) ?? join(mirage.folder, 'files');
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile() && entry.name !== 'installation').length;
    };
    return { ...mirage, ada, bob, make, objects };
  }

  it('is for its owner alone, by a URL that works for five minutes', async () => {
    const { url, bob, ada, make, clock } = await setup();
    const archive = new URL((await make()) ?? '', url);
    expect(await bob.client.auth.getExport.query()).toBeNull();
    const status = async (change: (changed: URL) => void = () => {}) => {
      const changed = new URL(archive);
      change(changed);
      return (await fetch(changed)).status;
    };
    expect(await status()).toBe(200);
    expect(await status(({ searchParams }) => searchParams.delete('signature'))).toBe(404);
    expect(await status(({ searchParams }) => searchParams.set('expires', '9999999999'))).toBe(404);
    expect(await status(({ searchParams }) => searchParams.set('size', '320'))).toBe(404);
    clock.advance(5 * 60_000);
    expect(await status()).toBe(404);
    const again = (await ada.client.auth.getExport.query())?.url ?? '';
    expect((await fetch(new URL(again, url))).status).toBe(200);
  });

  it('counts to what is stored, and goes after a day, with another one, and with its owner', async () => {
    const { url, ada, make, objects, deps, clock } = await setup();
    const stored = async () => [
      await objects(),
      Number((await deps.db.fileUsage.findUnique({ where: { owner: '' } }))?.bytes ?? 0),
    ];
    const first = await make();
    const { size = 0 } = (await ada.client.auth.getExport.query()) ?? {};
    expect(await stored()).toEqual([1, size]);
    const second = await make();
    expect((await fetch(new URL(first ?? '', url))).status).toBe(404);
    expect((await stored())[0]).toBe(1);
    clock.advance(dayMs);
    expect(await ada.client.auth.getExport.query()).toBeNull();
    expect((await fetch(new URL(second ?? '', url))).status).toBe(404);
    await deps.bus.publish('exports', { wanted: true });
    await expect.poll(stored, { timeout: 15_000 }).toEqual([0, 0]);
    const third = await make();
    await ada.client.auth.deleteAccount.mutate({ password: ada.password });
    await gonePast(deps, 'ada');
    expect((await fetch(new URL(third ?? '', url))).status).toBe(404);
    expect(await stored()).toEqual([0, 0]);
  });

  it('is made once for many that ask at the same time, and five times a day', async () => {
    const { ada, make, deps } = await setup({ rateLimit: true });
    const ask = () => ada.client.auth.exportData.mutate();
    await tally([ask(), ask(), ask()]);
    expect(await deps.db.export.count()).toBe(1);
    await exported(deps, 'ada');
    for (let made = 3; made < 5; made += 1) await make().catch(() => {});
    await expect(make().then(make).then(make)).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
  });

  it('is begun again by the next server, at most twice, and has failed then', async () => {
    const { ada, deps } = await setup();
    const base = { username: 'ada', requestedMs: 1n, dueMs: 0n, state: 'running' };
    await deps.db.export.create({ data: { ...base, id: 'AAAAAAAAAAAAAAAAAAAAAA', attempts: 2 } });
    expect((await exported(deps, 'ada')).state).toBe('ready');
    await deps.db.export.updateMany({ data: { ...base, attempts: 3 } });
    expect((await exported(deps, 'ada')).state).toBe('failed');
    expect(await ada.client.auth.getExport.query()).toMatchObject({ state: 'failed', url: null });
  });

  /** Each archive waits to be stored until it is let through, in the order of the attempts. */
  function hold({ deps }: Pick<Awaited<ReturnType<typeof setup>>, 'deps'>) {
    const storage = deps.files?.storage ?? expect.fail('there is no storage');
    const add = storage.add.bind(storage);
    const waiting: (() => void)[] = [];
    const removed: string[] = [];
    vi.spyOn(storage, 'add').mockImplementation(async (key, path, content) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        content.signal?.addEventListener('abort', () => resolve());
      });
      return add(key, path, content);
    });
    const remove = storage.remove.bind(storage);
    vi.spyOn(storage, 'remove').mockImplementation(async (keys) => {
      await remove(keys);
      removed.push(...keys);
    });
    return { waiting, removed };
  }

  it.each([
    ['the first', [0, 1]],
    ['the second', [1, 0]],
  ])('is made by one of two servers, and stays, when %s is done before the other', async (_name, order) => {
    const { post, ...mirage } = await startWithMail();
    const { deps, clock, url } = mirage;
    const ada = await mirage.user('ada');
    const { waiting, removed } = hold(mirage);
    await ada.client.auth.exportData.mutate();
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    clock.advance(2 * 60_000 + 1000); // nothing has renewed the claim, as when a server stands still
    const other = startExports(deps);
    onTestFinished(() => other.close());
    await vi.waitFor(() => expect(waiting).toHaveLength(2));
    removed.length = 0;
    for (const index of order) {
      waiting[index]?.();
      await vi.waitFor(async () => {
        const { state } = (await deps.db.export.findUnique({ where: { username: 'ada' } })) ?? {};
        expect(index === 0 ? removed.some((key) => key.endsWith('-1')) : state === 'ready').toBe(true);
      });
    }
    const stored = await deps.db.export.findUnique({ where: { username: 'ada' } });
    expect(stored).toMatchObject({ state: 'ready', attempts: 2 });
    const ready = await ada.client.auth.getExport.query();
    expect(Date.parse(ready?.expiresAt ?? '')).toBeGreaterThan(clock() + dayMs - 60_000);
    const at = (ready?.url ?? '').slice(`${publicUrl}/`.length);
    expect((await download(url, at)).bytes).toHaveLength(ready?.size ?? 0);
    const keys = removed.filter((key) => !key.endsWith('-1'));
    expect(keys).toEqual([]);
    await vi.waitFor(async () => expect(await deps.db.mail.count()).toBe(0));
    expect(post.mails.filter(({ subject }) => /^Your data from .* is ready$/.test(subject))).toHaveLength(1);
  });

  it('stays with the server that makes it, also while it is being stored', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const mirage = await setup();
    const { ada, deps, clock } = mirage;
    const { waiting } = hold(mirage);
    await ada.client.auth.exportData.mutate();
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    for (let minute = 0; minute < 5; minute += 1) {
      clock.advance(60_000);
      vi.advanceTimersByTime(60_000);
      await vi.waitFor(async () => {
        const { dueMs = 0n } = (await deps.db.export.findUnique({ where: { username: 'ada' } })) ?? {};
        expect(Number(dueMs)).toBe(clock() + 2 * 60_000);
      });
    }
    waiting[0]?.();
    expect(await exported(deps, 'ada')).toMatchObject({ state: 'ready', attempts: 1 });
    expect(waiting).toHaveLength(1);
  });

  it('needs a place for files, and room there', async () => {
    const { files } = loadConfig({});
    const off = await setup({ files: { ...files, url: 'off' } });
    await expect(off.ada.client.auth.exportData.mutate()).rejects.toMatchObject(refusal('FILES_OFF'));
    const full = await setup({ files: { ...files, totalQuotaBytes: 10 } });
    await full.deps.db.fileUsage.create({ data: { owner: '', bytes: 11n } });
    await expect(full.ada.client.auth.exportData.mutate()).rejects.toMatchObject(refusal('STORAGE_FULL'));
  });
});
