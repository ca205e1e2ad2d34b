import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { outcomes } from '../support/refusal.ts';
import { readFrom, startSharing } from '../support/sharing.ts';

describe('sharing a file', () => {
  it('is uploaded, attached and read by members', async () => {
    const { mirage, ada, bob, roomId, upload, form } = await startSharing();
    const { status, body } = await upload(
      ada.token,
      `roomId=${roomId}`,
      form('hello', 'notes.txt', 'text/plain'),
    );
    expect([status, body]).toEqual([
      201,
      { id: expect.any(String), name: 'notes.txt', size: 5, mediaType: 'text/plain', hasPreview: false },
    ]);
    const sent = await ada.client.chat.sendMessage.mutate({
      roomId,
      text: '',
      attachments: [String(body.id)],
    });
    const [message] = await bob.client.chat.listMessages.query({ roomId });
    expect(message?.attachments).toEqual(sent.attachments);
    const [file] = message?.attachments ?? [];
    const { response, bytes } = await readFrom(mirage.url, file?.url ?? '');
    expect([response.status, bytes.toString()]).toEqual([200, 'hello']);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=notes.txt');
  });

  it('is what a conversation is shown with in the list if its last message has no text', async () => {
    const { ada, bob, upload, form } = await startSharing();
    const { body } = await upload(ada.token, 'recipient=bob', form('hello', 'notes.txt', 'text/plain'));
    const attachments = [String(body.id)];
    await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: '', attachments });
    const { conversations } = await bob.client.inbox.listConversations.query();
    expect(conversations).toMatchObject([{ lastMessage: { text: 'notes.txt' } }]);
  });

  it('shows a picture with its previews and without its metadata', async () => {
    const { mirage, ada, bob, upload, form } = await startSharing();
    const photo = await sharp({ create: { width: 2000, height: 1000, channels: 3, background: '#345' } })
      .withExif({ IFD3: { GPSLatitudeRef: 'N' } })
      .jpeg()
      .toBuffer();
    const { body } = await upload(ada.token, 'recipient=bob', form(photo, 'photo.jpg', 'image/jpeg'));
    expect(body).toMatchObject({ mediaType: 'image/jpeg', width: 2000, height: 1000, hasPreview: true });
    await ada.client.inbox.sendMessage.mutate({
      recipient: 'bob',
      text: 'look',
      attachments: [String(body.id)],
    });
    const { messages } = await bob.client.inbox.listMessages.query();
    const [file] = messages[0]?.attachments ?? [];
    const whole = await readFrom(mirage.url, file?.url ?? '');
    expect((await sharp(whole.bytes).metadata()).exif).toBeUndefined();
    const small = await sharp((await readFrom(mirage.url, file?.previewUrl ?? '')).bytes).metadata();
    expect([small.format, small.width, small.height]).toEqual(['webp', 320, 160]);
    const large = await sharp((await readFrom(mirage.url, file?.largePreviewUrl ?? '')).bytes).metadata();
    expect([large.format, large.width]).toEqual(['webp', 1280]);
  });

  it('stores equal bytes of one user once', async () => {
    const { mirage, ada, bob, roomId, upload, form } = await startSharing();
    const first = await upload(ada.token, `roomId=${roomId}`, form('same', 'a.txt', 'text/plain'));
    const second = await upload(ada.token, 'recipient=bob', form('same', 'b.txt', 'text/plain'));
    await upload(bob.token, 'recipient=ada', form('same', 'c.txt', 'text/plain'));
    expect(first.body.id).not.toBe(second.body.id);
    expect(await mirage.deps.db.fileContent.count()).toBe(2);
    const sha256 = createHash('sha256').update('same').digest('hex');
    expect(await mirage.deps.db.fileContent.count({ where: { sha256 } })).toBe(2);
  });
});

describe('who may', () => {
  it('uploads need a session, a target and the membership in it', async () => {
    const { ada, carol, roomId, upload, form } = await startSharing();
    const file = () => form('x', 'x.txt', 'text/plain');
    const reasons = await Promise.all([
      upload(undefined, `roomId=${roomId}`, file()),
      upload('wrong', `roomId=${roomId}`, file()),
      upload(carol.token, `roomId=${roomId}`, file()),
      upload(ada.token, 'recipient=nobody', file()),
      upload(ada.token, '', file()),
      upload(ada.token, `roomId=${roomId}&recipient=bob`, file()),
      upload(ada.token, 'roomId=x', file()),
    ]);
    expect(reasons.map(({ status, body }) => [status, body.reason])).toEqual([
      [401, 'UNAUTHORIZED'],
      [401, 'UNAUTHORIZED'],
      [403, 'NOT_A_MEMBER'],
      [404, 'RECIPIENT_NOT_FOUND'],
      [400, 'INVALID_INPUT'],
      [400, 'INVALID_INPUT'],
      [400, 'INVALID_INPUT'],
    ]);
  });

  it('attaches only what one has uploaded, and only to what it was uploaded for', async () => {
    const { ada, bob, roomId, upload, form } = await startSharing();
    const { body } = await upload(ada.token, `roomId=${roomId}`, form('x', 'x.txt', 'text/plain'));
    const attachments = [String(body.id)];
    const other = await ada.client.chat.createRoom.mutate({ name: 'attic' });
    const attempts = [
      bob.client.chat.sendMessage.mutate({ roomId, text: 'mine', attachments }),
      ada.client.chat.sendMessage.mutate({ roomId: other.id, text: '', attachments }),
      ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: '', attachments }),
      ada.client.chat.sendMessage.mutate({ roomId, text: '', attachments: ['A'.repeat(22)] }),
      ada.client.chat.sendMessage.mutate({ roomId, text: '', attachments: [] }),
      ada.client.chat.sendMessage.mutate({ roomId, text: '', attachments: [...attachments, ...attachments] }),
    ];
    expect(await outcomes(attempts)).toEqual([
      'FILE_NOT_FOUND',
      'FILE_NOT_FOUND',
      'FILE_NOT_FOUND',
      'FILE_NOT_FOUND',
      'INVALID_INPUT',
      'INVALID_INPUT',
    ]);
  });

  it('reads only with a URL that we have signed, and for as long as it says', async () => {
    const { mirage, ada, roomId, upload, form } = await startSharing();
    const { body } = await upload(ada.token, `roomId=${roomId}`, form('x', 'x.txt', 'text/plain'));
    const sent = await ada.client.chat.sendMessage.mutate({
      roomId,
      text: '',
      attachments: [String(body.id)],
    });
    const url = new URL(sent.attachments?.[0]?.url ?? '', mirage.url);
    const altered = (change: (url: URL) => void) => {
      const copy = new URL(url);
      change(copy);
      return copy.href;
    };
    const statuses = async (...urls: string[]) =>
      Promise.all(urls.map(async (url) => (await fetch(url)).status));
    expect(
      await statuses(
        url.href,
        altered(({ searchParams }) => searchParams.delete('signature')),
        altered(({ searchParams }) => searchParams.set('signature', 'x'.repeat(43))),
        altered(({ searchParams }) =>
          searchParams.set('expires', String(Number(searchParams.get('expires')) + 1)),
        ),
        altered(({ searchParams }) => searchParams.set('size', '320')),
        altered((copy) => {
          copy.pathname = '/files/short/x.txt';
        }),
      ),
    ).toEqual([200, 404, 404, 404, 404, 404]);
    mirage.clock.advance(3_600_001);
    expect(await statuses(url.href)).toEqual([404]);
  });
});
