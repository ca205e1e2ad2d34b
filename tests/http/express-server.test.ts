import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { createApp, createExpressServer } from '../../src/server/index.ts';
import { startMirage } from '../support/harness.ts';

it('serves Mirage in an Express app, whose requests are created with its prototypes', async () => {
  const { deps } = await startMirage();
  const app = express()
    .get('/own', (_req, res) => void res.json({ own: true }))
    .use(createApp(deps));
  const server = createExpressServer(app);
  const hasPrototypes: boolean[] = [];
  server.prependListener('request', (req, res) => {
    hasPrototypes.push(
      Object.getPrototypeOf(req) === app.request && Object.getPrototypeOf(res) === app.response,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // safe: it listens on a port

  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  expect(await get('/own')).toEqual({ own: true });
  expect(await get('/api/ping')).toEqual({ message: 'pong' });
  expect(await get('/trpc/users.count')).toEqual({ result: { data: 0 } });
  expect(await get('/nothing')).toEqual({ error: 'not found' });
  expect(hasPrototypes).toEqual([true, true, true, true]);
});

it('accepts a body that a parser of the app has already read', async () => {
  const { deps, user } = await startMirage();
  const { token } = await user('ada');
  const server = createExpressServer(express().use(express.json()).use(createApp(deps)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // safe: it listens on a port
  const post = async (path: string, body: object) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: token },
      body: JSON.stringify(body),
    });
    return response.json();
  };

  expect(await post('/trpc/inbox.sendMessage', { recipient: 'ada', text: 'one' })).toMatchObject({
    result: { data: { text: 'one' } },
  });
  expect(await post('/api/send_inbox_message', { recipient: 'ada', message: 'two' })).toMatchObject({
    message: expect.any(String),
  });
});
