import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { restCompat } from '../../src/rest-compat/index.ts';
import { createTestMirage } from '../../src/testing/index.ts';
import { ofProgram } from '../support/answers/observe.mjs';

/** Serves an Express app with the legacy paths mounted in it. */
async function serve(assemble: (app: Express, legacy: ReturnType<typeof restCompat>) => Express) {
  const mirage = await createTestMirage();
  onTestFinished(() => mirage.close());
  const app = assemble(express(), restCompat(mirage.deps))
    .get('/mine', (_req, res) => void res.send('mine'))
    .use((_req, res) => void res.status(404).set(ofProgram, 'yes').send('not found in the app'));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // safe: it listens on a TCP port
  const ada = await mirage.user('ada');

  async function call(path: string, body?: object): Promise<[number, unknown]> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { authorization: ada.token, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return [
      response.status,
      response.headers.get('content-type') === 'application/json' ? JSON.parse(text) : text,
    ];
  }
  return call;
}

it.each<[string, Parameters<typeof serve>[0]]>([
  ['before', (app, legacy) => app.use(legacy).use(express.json())],
  ['after', (app, legacy) => app.use(express.json()).use(legacy)],
])('answers the legacy paths in an Express app, %s its body parser', async (_where, assemble) => {
  const call = await serve(assemble);
  expect(await call('/api/usercount')).toEqual([200, '1']);
  expect(await call('/api/create_room', { room_name: 'general' })).toMatchObject([201, { room_id: 1 }]);
  expect(await call('/api/send_room_message', { room_id: 1, message: 'hello' })).toMatchObject([200, {}]);
  expect(await call('/api/get_room_messages?room_id=1')).toMatchObject([
    200,
    { messages: [{ message: 'hello' }] },
  ]);
});

it('passes all other paths to the app', async () => {
  const call = await serve((app, legacy) => app.use(legacy));
  expect(await call('/mine')).toEqual([200, 'mine']);
  expect(await call('/api/no_such_path')).toMatchObject([404, 'not found in the app']);
});
