import sharp from 'sharp';
import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { message } from './support/app.ts';
import { visit } from './support/browser.ts';
import { startServer } from './support/mirage.ts';

it('can be installed', async () => {
  const { url } = await startServer();
  const { page } = await visit(url);
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  const devTools = await page.context().newCDPSession(page);
  const { errors, data = '' } = await devTools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const { icons, ...manifest } = JSON.parse(data);
  expect(manifest).toMatchObject({ name: 'Mirage', display: 'standalone', start_url: './', scope: './' });
  expect(icons).toHaveLength(3);
  for (const { src, sizes } of icons) {
    const icon = await fetch(new URL(src, url));
    expect(icon.headers.get('content-type')).toBe('image/png');
    const { width, height } = await sharp(await icon.arrayBuffer()).metadata();
    expect(`${width}x${height}`).toBe(sizes);
  }
});

it('opens while the server cannot be reached, and keeps nothing of the user for it', async () => {
  const { url, user } = await startServer();
  const ada = await user('ada');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'a secret' });
  const network = await startProxy(url);
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`, {
    at: network.url,
    serviceWorkers: 'allow',
  });
  await message(page, 'a secret').waitFor();
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const kept = await page.evaluate(async () => {
    const [name = ''] = await caches.keys();
    const responses = await (await caches.open(name)).matchAll();
    const texts = await Promise.all(responses.map((response) => response.text()));
    return { urls: responses.map((response) => response.url), hasSecret: texts.join().includes('a secret') };
  });
  expect(kept.hasSecret).toBe(false);
  expect(kept.urls).toContain(`${network.url}/`);
  for (const address of kept.urls) expect(address).toMatch(/\/(assets\/[^/]+)?$/);

  expectComplaint(/net::ERR_|WebSocket connection|Failed to fetch/);
  network.down();
  await page.reload();
  await page.getByText('The server cannot be reached', { exact: true }).waitFor();
  network.up();
  await page.getByRole('button', { name: 'Try again' }).click();
  await message(page, 'a secret').waitFor();
});
