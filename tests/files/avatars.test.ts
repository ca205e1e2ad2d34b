import { readdir } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/server/core/config.ts';
import { refusal } from '../support/refusal.ts';
import { readFrom, startSharing } from '../support/sharing.ts';
import { failWrites } from './fail-writes.ts';
import { plain, quadrants, quadrantsOf } from './picture-files.ts';

type Sharing = Awaited<ReturnType<typeof startSharing>>;

/** Uploads a picture of Ada's, by default for herself, and gives its id. */
async function uploadPicture(
  { ada, upload, form }: Sharing,
  picture = quadrants().jpeg(),
  query = 'recipient=ada',
): Promise<string> {
  const { body } = await upload(ada.token, query, form(await bytesOf(picture), 'me.jpg', 'image/jpeg'));
  return String(body.id);
}

const bytesOf = async (picture: Sharp) => new Uint8Array(await picture.toBuffer());

async function setAvatar(sharing: Sharing, picture?: Sharp): Promise<string> {
  const fileId = await uploadPicture(sharing, picture);
  const { avatarUrl } = await sharing.ada.client.users.setAvatar.mutate({ fileId });
  return avatarUrl ?? '';
}

/** Files with a row, and objects in the storage, once what nobody needs is gone. */
async function storedAfterAnHour({ mirage, filesFolder }: Sharing) {
  mirage.clock.advance(61 * 60 * 1000);
  await mirage.deps.files?.sweep();
  const entries = await readdir(filesFolder, { recursive: true, withFileTypes: true });
  const objects = entries.filter((entry) => entry.isFile() && entry.name !== 'installation');
  return [await mirage.deps.db.file.count(), objects.length];
}

const statusOf = async ({ mirage }: Sharing, url: string) =>
  (await readFrom(mirage.url, url)).response.status;

describe('an uploaded avatar', () => {
  it('is a square without metadata that everybody may see and keep', async () => {
    const sharing = await startSharing();
    const { mirage } = sharing;
    const url = await setAvatar(
      sharing,
      quadrants()
        .withExif({ IFD0: { Artist: 'Ada' } })
        .jpeg(),
    );
    expect(url).toMatch(/^\/files\/avatars\/[\w-]{22}\.webp$/);

    const { response, bytes } = await readFrom(mirage.url, url);
    const { format, width, height, exif } = await sharp(bytes).metadata();
    expect([format, width, height, exif]).toEqual(['webp', 256, 256, undefined]);
    expect(await quadrantsOf(bytes)).toBe('RG/BY');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String(bytes.length),
      'content-disposition': 'inline; filename=avatar.webp',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': expect.stringMatching(/^default-src 'none';.*; sandbox$/),
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
    });

    const head = await readFrom(mirage.url, url, { method: 'HEAD' });
    expect([head.response.status, head.response.headers.get('content-length')]).toEqual([
      200,
      String(bytes.length),
    ]);
    const headers = { 'if-none-match': response.headers.get('etag') ?? '' };
    expect((await readFrom(mirage.url, url, { headers })).response.status).toBe(304);
    const posted = await readFrom(mirage.url, url, { method: 'POST' });
    expect([posted.response.status, posted.response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('is shown wherever avatars are', async () => {
    const sharing = await startSharing();
    const { mirage, ada, bob, roomId } = sharing;
    await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hi' });
    const avatarUrl = await setAvatar(sharing);
    const shown = { avatarUrl };

    expect(await ada.client.auth.me.query()).toMatchObject(shown);
    expect(await mirage.client().users.get.query({ username: 'ada' })).toMatchObject(shown);
    expect(await bob.client.users.search.query({ prefix: 'ad' })).toEqual([{ username: 'ada', ...shown }]);
    const { members } = await bob.client.chat.members.query({ roomId });
    expect(members.find(({ username }) => username === 'ada')).toMatchObject(shown);
    expect((await bob.client.inbox.listMessages.query()).messages).toMatchObject([shown]);
    const { conversations } = await bob.client.inbox.listConversations.query({});
    expect(conversations).toMatchObject([{ peer: { username: 'ada', ...shown } }]);

    // Clients of the legacy API know no paths.
    const avatar_url = mirage.url + avatarUrl;
    expect(await mirage.rest('GET', '/api/user/ada')).toMatchObject([200, { avatar_url }]);
    const [, inbox] = await mirage.rest('GET', '/api/inbox', { token: bob.token });
    expect(inbox).toMatchObject({ messages: [{ avatar_url }] });
    expect(await mirage.rest('GET', '/api/user/bob')).toMatchObject([200, { avatar_url: '' }]);
  });

  it('has the origin of files', async () => {
    const { files } = loadConfig({ FILES_ORIGIN: 'https://files.example' });
    const other = await startSharing({ files, publicUrl: 'https://chat.example/talk' });
    expect(await setAvatar(other)).toMatch(
      /^https:\/\/files\.example\/talk\/files\/avatars\/[\w-]{22}\.webp$/,
    );
  });

  it('stays when its upload goes, and goes when it is replaced or removed', async () => {
    const sharing = await startSharing();
    const { ada } = sharing;
    const first = await setAvatar(sharing);
    expect(await storedAfterAnHour(sharing)).toEqual([1, 1]);
    expect(await sharing.mirage.deps.files?.compare()).toEqual({ removed: 0, missing: 0 });
    expect(await statusOf(sharing, first)).toBe(200);

    const second = await setAvatar(sharing, plain(300, 300).png());
    expect([await statusOf(sharing, first), await statusOf(sharing, second)]).toEqual([404, 200]);
    expect(await storedAfterAnHour(sharing)).toEqual([1, 1]);

    expect(await ada.client.users.setAvatar.mutate({ fileId: null })).toMatchObject({ avatarUrl: null });
    expect(await statusOf(sharing, second)).toBe(404);
    expect(await storedAfterAnHour(sharing)).toEqual([0, 0]);
    expect(await sharing.mirage.deps.db.fileUsage.findMany({ where: { bytes: { not: 0 } } })).toEqual([]);
  });

  it('is replaced by an external one, and stays if it is sent back as it was shown', async () => {
    const sharing = await startSharing();
    const { mirage, ada } = sharing;
    const url = await setAvatar(sharing);
    const update = (avatarUrl: string) => ada.client.users.updateProfile.mutate({ avatarUrl });

    expect(await update(url)).toMatchObject({ avatarUrl: url });
    const legacy = { token: ada.token, avatar_url: mirage.url + url, description: 'I am Ada.' };
    expect(await mirage.rest('POST', '/api/user/settings', legacy)).toMatchObject([200, {}]);
    expect(await ada.client.auth.me.query()).toMatchObject({ avatarUrl: url, description: 'I am Ada.' });
    expect(await storedAfterAnHour(sharing)).toEqual([1, 1]);

    const foreign = `/files/avatars/${'a'.repeat(22)}.webp`;
    await expect(update(foreign)).rejects.toMatchObject(refusal('INVALID_INPUT'));
    const external = 'https://example.com/ada.png';
    expect(await update(external)).toMatchObject({ avatarUrl: external });
    expect(await statusOf(sharing, url)).toBe(404);
    expect(await storedAfterAnHour(sharing)).toEqual([0, 0]);
    expect(await ada.client.users.setAvatar.mutate({ fileId: null })).toMatchObject({ avatarUrl: null });
  });

  it('is refused when the disk is full', async () => {
    const sharing = await startSharing();
    const fileId = await uploadPicture(sharing);
    failWrites(Object.assign(new Error('no room'), { code: 'ENOSPC' }));
    await expect(sharing.ada.client.users.setAvatar.mutate({ fileId })).rejects.toMatchObject(
      refusal('STORAGE_FULL'),
    );
  });

  it('is one after several at a time', async () => {
    const sharing = await startSharing();
    const fileId = await uploadPicture(sharing);
    const set = () => sharing.ada.client.users.setAvatar.mutate({ fileId });
    await Promise.all([set(), set(), set()]);
    const { avatarUrl } = await sharing.ada.client.auth.me.query();
    expect(await storedAfterAnHour(sharing)).toEqual([1, 1]);
    expect(await statusOf(sharing, avatarUrl ?? '')).toBe(200);
  });
});

describe('what can be an avatar', () => {
  it('any picture of the caller, also one that is in a message', async () => {
    const sharing = await startSharing();
    const { ada, roomId } = sharing;
    const fileId = await uploadPicture(sharing, undefined, `roomId=${roomId}`);
    await ada.client.chat.sendMessage.mutate({ roomId, text: '', attachments: [fileId] });
    await storedAfterAnHour(sharing);
    const { avatarUrl } = await ada.client.users.setAvatar.mutate({ fileId });
    expect(await statusOf(sharing, avatarUrl ?? '')).toBe(200);
    // The file itself is still for its room alone.
    expect(await statusOf(sharing, `/files/avatars/${fileId}.webp`)).toBe(404);
  });

  it('no file of somebody else, none that is gone, and no avatar as an attachment', async () => {
    const sharing = await startSharing();
    const { mirage, ada, bob, carol, roomId } = sharing;
    const fileId = await uploadPicture(sharing, undefined, `roomId=${roomId}`);
    const ofOthers = { fileId };
    // Bob could read it if it were attached, Carol could not: neither learns that it is there.
    for (const { client } of [bob, carol])
      await expect(client.users.setAvatar.mutate(ofOthers)).rejects.toMatchObject(refusal('FILE_NOT_FOUND'));
    await expect(mirage.client().users.setAvatar.mutate(ofOthers)).rejects.toMatchObject(
      refusal('UNAUTHORIZED'),
    );
    const { avatarUrl } = await ada.client.users.setAvatar.mutate({ fileId });
    const id = avatarUrl?.split('/').at(-1)?.replace('.webp', '') ?? '';
    await expect(
      ada.client.inbox.sendMessage.mutate({ recipient: 'ada', text: '', attachments: [id] }),
    ).rejects.toMatchObject(refusal('FILE_NOT_FOUND'));

    mirage.clock.advance(61 * 60 * 1000);
    await expect(ada.client.users.setAvatar.mutate({ fileId })).rejects.toMatchObject(
      refusal('FILE_NOT_FOUND'),
    );
  });

  it('nothing but pictures that can be read, and leaves nothing of others', async () => {
    const sharing = await startSharing();
    const { ada, upload, form } = sharing;
    const before = await setAvatar(sharing);
    const jpeg = await bytesOf(quadrants().jpeg());
    const files = [
      form('hello', 'me.jpg', 'image/jpeg'),
      form(jpeg.subarray(0, jpeg.length / 2), 'half.jpg', 'image/jpeg'),
      form(await bytesOf(plain(10_000, 5001).png()), 'huge.png', 'image/png'),
    ];
    for (const file of files) {
      const { body } = await upload(ada.token, 'recipient=ada', file);
      await expect(ada.client.users.setAvatar.mutate({ fileId: String(body.id) })).rejects.toMatchObject(
        refusal('NOT_A_PICTURE'),
      );
    }
    expect(await ada.client.auth.me.query()).toMatchObject({ avatarUrl: before });
    expect(await readdir(sharing.mirage.deps.files?.storage.incoming ?? '')).toEqual([]);
    expect(await storedAfterAnHour(sharing)).toEqual([1, 1]);
  });

  it('counts for quotas', async () => {
    const roomy = await startSharing();
    await uploadPicture(roomy);
    const usage = await roomy.mirage.deps.db.fileUsage.findUnique({ where: { owner: 'ada' } });
    const userQuotaBytes = Number(usage?.bytes) + 10;
    const tight = await startSharing({ files: { ...loadConfig({}).files, userQuotaBytes } });
    const fileId = await uploadPicture(tight);
    await expect(tight.ada.client.users.setAvatar.mutate({ fileId })).rejects.toMatchObject(
      refusal('FILE_QUOTA'),
    );
    expect(await tight.ada.client.auth.me.query()).toMatchObject({ avatarUrl: null });
  });

  it('none where the server takes no files, but one can be removed', async () => {
    const off = await startSharing({ files: { ...loadConfig({}).files, url: 'off' } });
    const { client } = off.ada;
    await expect(client.users.setAvatar.mutate({ fileId: 'a'.repeat(22) })).rejects.toMatchObject(
      refusal('FILES_OFF'),
    );
    await client.users.updateProfile.mutate({ avatarUrl: 'https://example.com/a.png' });
    expect(await client.users.setAvatar.mutate({ fileId: null })).toMatchObject({ avatarUrl: null });
    expect(await statusOf(off, `/files/avatars/${'a'.repeat(22)}.webp`)).toBe(404);
  });
});
