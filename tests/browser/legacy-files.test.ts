import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, it, onTestFinished } from 'vitest';
import { visit } from './support/browser.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

interface Settings {
  api: string;
  token: string;
  roomId: number;
  /** What its author calls servers with. */
  way: 'fetch' | 'xhr';
}

/** What a front end of the original's API does with files in a room. It runs in the page, and shows errors there. */
function frontEnd({ api, token, roomId, way }: Settings): void {
  const list = document.createElement('ul');
  const button = document.createElement('input');
  button.type = 'file';
  document.body.append(button, list);

  async function call(
    path: string,
    method = 'GET',
    body?: FormData | string,
  ): Promise<Record<string, unknown>> {
    const headers: Record<string, string> = { Authorization: token };
    if (typeof body === 'string') headers['Content-Type'] = 'application/json';
    if (way === 'fetch') {
      const response = await fetch(api + path, { method, headers, ...(body && { body }) });
      return (await response.json()) as Record<string, unknown>; // safe: the API's answers are objects
    }
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, api + path);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => {
        document.title = `${Math.round((100 * loaded) / total)} %`;
      };
      request.onload = () => resolve(JSON.parse(request.responseText) as Record<string, unknown>); // safe: as above
      request.onerror = () => reject(new Error('the request failed'));
      request.send(body ?? null);
    });
  }

  button.onchange = async () => {
    const form = new FormData();
    form.append('file', button.files?.[0] ?? '');
    form.append('room_id', String(roomId));
    const { file_url: url, error } = await call('/api/upload_file', 'POST', form);
    if (error !== undefined) list.append(String(error));
    else
      await call(
        '/api/send_room_message',
        'POST',
        JSON.stringify({ room_id: roomId, message: `[File] ${url}` }),
      );
  };

  let shown = 0;
  async function poll(): Promise<void> {
    const { messages } = await call(`/api/get_room_messages?room_id=${roomId}`);
    const all = messages as { message: string }[]; // safe: what the API lists
    for (; shown < all.length; shown += 1) {
      const [, url = ''] = all[shown]?.message.split('[File] ') ?? [];
      const item = document.createElement('li');
      const link = Object.assign(document.createElement('a'), { href: url, textContent: url });
      item.append(link);
      if (/\.(png|jpe?g|gif|webp)(\?|$)/i.test(url))
        item.append(Object.assign(document.createElement('img'), { src: url }));
      list.append(item);
    }
    setTimeout(poll, 100);
  }
  void poll();
}

/** A page of another origin, as the original's front end has. */
async function open(settings: Settings): Promise<Page> {
  const server = createServer((_, res) => {
    res.setHeader('content-type', 'text/html; charset=utf-8');
    res.end(
      `<!doctype html><title>Chat</title><link rel="icon" href="data:,"><body><script type="module">(${frontEnd})(${JSON.stringify(settings)})</script>`,
    );
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // safe: it listens on a port
  return (await visit(`http://localhost:${port}/`)).page;
}

it.each(['fetch', 'xhr'] as const)(
  'shares files from a front end of the original API, with %s',
  async (way) => {
    const ada = await mirage.user('ada');
    const bob = await mirage.user('bob');
    const name = mirage.roomName('den');
    const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
    await bob.client.chat.joinRoom.mutate({ name });
    const settings = { api: mirage.url, roomId, way };
    const adas = await open({ ...settings, token: ada.token });
    const bobs = await open({ ...settings, token: bob.token });
    const choose = (file: string, mimeType: string, buffer: Buffer) =>
      adas.locator('input').setInputFiles({ name: file, mimeType, buffer });

    await choose('naïve & "more".txt', 'text/plain', Buffer.from('hello'));
    const link = bobs.locator('li').nth(0).getByRole('link');
    await link.waitFor();
    const text = await bobs.evaluate(
      async (url) => (await fetch(url)).text(),
      await link.getAttribute('href').then((url) => url ?? ''),
    );
    expect(text).toBe('hello');
    const download = bobs.waitForEvent('download');
    await link.click();
    expect((await download).suggestedFilename()).toMatch(/^naïve & .*more.*\.txt$/);

    const picture = { create: { width: 40, height: 30, channels: 3, background: '#345' } } as const;
    await choose('sea.png', 'image/png', await sharp(picture).png().toBuffer());
    const shown = bobs.locator('li').nth(1).locator('img');
    await expect
      .poll(() =>
        shown.evaluate((img: HTMLImageElement) => [img.complete, img.naturalWidth, img.naturalHeight]),
      )
      .toEqual([true, 40, 30]);
    // Its sender sees the same, and users of the typed API a file.
    expect(await adas.locator('li').nth(1).getByRole('link').getAttribute('href')).toContain('/sea.png?');
    const messages = await bob.client.chat.listMessages.query({ roomId });
    expect(messages.map(({ text, attachments }) => [text, attachments?.[0]?.name])).toEqual([
      ['', expect.stringContaining('naïve')],
      ['', 'sea.png'],
    ]);
  },
);
