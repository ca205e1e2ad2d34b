import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { operationsOf, readDocument } from '../openapi/document.ts';
import { startMirage } from '../support/harness.ts';
import { visit } from './support/browser.ts';
import { startServer } from './support/mirage.ts';

/** Opens an operation, fills in its parameters and returns the response. */
async function tryOut(page: Page, path: string, fill: (form: ReturnType<Page['locator']>) => Promise<void>) {
  const operation = page.locator('.opblock').filter({ has: page.locator(`[data-path="${path}"]`) });
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await fill(operation);
  await operation.getByRole('button', { name: 'Execute' }).click();
  const live = operation.locator('.live-responses-table');
  const status = await live.locator('.response-col_status').last().textContent();
  return { status, body: await live.locator('.highlight-code').first().textContent() };
}

it('shows every operation and runs it, with a token, under the strict content security policy', async () => {
  const { url, user } = await startServer();
  const ada = await user('ada');
  const requested: string[] = [];
  const { page } = await visit('about:blank');
  page.on('request', (request) => requested.push(request.url()));
  await page.goto(`${url}/docs`);
  await page.locator('.opblock').first().waitFor();
  expect(await page.locator('.opblock').count()).toBe(operationsOf(readDocument()).length);

  expect(await tryOut(page, '/api/ping', async () => {})).toEqual({
    status: expect.stringContaining('200'),
    body: expect.stringContaining('"pong"'),
  });

  await page.getByRole('button', { name: 'Authorize' }).click();
  await page.locator('.auth-container input').fill(ada.token);
  await page.locator('.auth-container').getByRole('button', { name: 'Apply credentials' }).click();
  await page.locator('.auth-container').getByRole('button', { name: 'Close' }).click();
  const made = await tryOut(page, '/api/create_room', (form) =>
    form.locator('textarea').fill('{"room_name": "attic"}'),
  );
  expect(made).toEqual({ status: expect.stringContaining('201'), body: expect.stringContaining('attic') });

  expect(requested.length).toBeGreaterThan(5);
  for (const address of requested) expect(address).toMatch(new RegExp(`^(${url}/|data:)`));
});

it('works where Mirage is mounted under a path of another app', async () => {
  const { createApp } = await import('../../src/server/app/app.ts');
  const { deps } = await startMirage();
  const server = express().use('/chat', createApp(deps)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // safe: it listens on a port
  const { page } = await visit(`http://127.0.0.1:${port}/chat/docs/`);
  await page.locator('.opblock').first().waitFor();
  expect(await tryOut(page, '/api/ping', async () => {})).toMatchObject({
    status: expect.stringContaining('200'),
  });
});
