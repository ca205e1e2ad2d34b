import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createMirageClient } from '../../src/client/index.ts';
import { createMirage } from '../../src/server/index.ts';
import { transports } from '../support/live.ts';
import { ada, bob, call, fakeHost, listen, startHost } from './support.ts';

const users = { 'token of ada': ada, 'token of bob': bob };

describe.each([
  ['at the root', ''],
  ['under a path', '/chat/v1'],
])('mounted %s', (_, basePath) => {
  const start = () =>
    startHost({
      ...fakeHost(users),
      basePath,
      before: (app) =>
        app
          .use((_req, res, next) => next(void res.setHeader('x-program', 'yes')))
          .get('/api/early', (_req, res) => void res.json({ own: 'early' })),
      after: (app) =>
        app
          .get(
            ['/', '/api/late', '/trpcs', '/healthz', `${basePath}/page`],
            (req, res) => void res.json({ own: req.originalUrl, url: req.url }),
          )
          .use((_req, res) => void res.status(404).send('not here, says the program')),
    });

  it('takes files of the legacy API, and gives them by URLs below its path', async () => {
    const { url, client } = await start();
    const { id } = await client('token of ada').chat.createRoom.mutate({ name: 'den' });
    const authorization = 'token of ada';
    const form = new FormData();
    form.append('file', new Blob(['hello']), 'notes.txt');
    form.append('room_id', String(id));
    const uploading = await fetch(`${url}/api/upload_file`, {
      method: 'POST',
      headers: { authorization },
      body: form,
    });
    const { file_url: file } = (await uploading.json()) as { file_url: string };
    expect(file.startsWith(`${url}/files/`)).toBe(true);
    await fetch(`${url}/api/send_room_message`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ room_id: id, message: `look [File] ${file}` }),
    });
    const listed = await fetch(`${url}/api/get_room_messages?room_id=${id}`, { headers: { authorization } });
    expect(await listed.json()).toMatchObject({ messages: [{ message: `look\n[File] ${file}` }] });
    expect(await (await fetch(file)).text()).toBe('hello');
  });

  it('answers its own paths, and passes all others on unchanged', async () => {
    const { origin, url } = await start();
    const get = async (path: string) => {
      const response = await fetch(origin + path);
      return { status: response.status, text: await response.text(), headers: response.headers };
    };
    for (const path of ['/', '/api/late?x=1', '/trpcs', '/healthz', `${basePath}/page`]) {
      const { text, headers } = await get(path);
      expect(JSON.parse(text)).toEqual({ own: path, url: path });
      for (const name of [
        'content-security-policy',
        'x-frame-options',
        'x-request-id',
        'access-control-allow-origin',
      ])
        expect(headers.get(name), name).toBeNull();
      expect(headers.get('x-program')).toBe('yes');
    }
    expect(await get('/api/early')).toMatchObject({ text: '{"own":"early"}' });
    for (const path of ['/nothing', '/api/nothing', `${basePath}/nothing`, `${basePath}/session`])
      expect(await get(path)).toMatchObject({ status: 404, text: 'not here, says the program' });
    if (basePath !== '') expect(await get('/trpc/users.count')).toMatchObject({ status: 404 });

    expect(await (await fetch(`${url}/api/ping`)).json()).toEqual({ message: 'pong' });
    const mine = await fetch(`${url}/trpc/users.count`);
    expect([await mine.json(), mine.headers.get('x-program')]).toEqual([{ result: { data: 0 } }, 'yes']);
    expect(mine.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await fetch(`${url}/trpc/no.such`)).status).toBe(404);
  });

  it.each(transports)('serves the typed client with live events over %s', async (transport) => {
    const { client, live } = await start();
    const inbox = live('token of ada', transport).inbox('0');
    await inbox.started();
    await client('token of ada').auth.me.query();
    await client('token of bob').inbox.sendMessage.mutate({ recipient: 'ada', text: 'hello' });
    await inbox.word('hello');
  });
});

it('does not serve the legacy API with legacyRest: false', async () => {
  const { url } = await startHost({
    ...fakeHost(users),
    legacyRest: false,
    after: (app) => app.post('/api/login', (_req, res) => void res.json({ own: true })),
  });
  expect(await (await fetch(`${url}/api/login`, { method: 'POST' })).json()).toEqual({ own: true });
  expect((await call(url, 'token of ada')).status).toBe(200);
});

it.each([
  ['JSON', () => express.json()],
  ['text', () => express.text({ type: '*/*' })],
  ['bytes', () => express.raw({ type: '*/*' })],
  ['another type', () => express.urlencoded()],
])('reads a body that a parser for %s has been at before', async (_, parser) => {
  const { url, client } = await startHost({ ...fakeHost(users), before: (app) => app.use(parser()) });
  await client('token of ada').auth.me.query();
  const mirage = client('token of bob');
  expect(await mirage.inbox.sendMessage.mutate({ recipient: 'ada', text: 'one' })).toMatchObject({
    text: 'one',
  });
  const response = await fetch(`${url}/api/send_inbox_message`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'token of bob' },
    body: JSON.stringify({ recipient: 'ada', message: 'two' }),
  });
  expect(response.status).toBe(200);
  expect(await mirage.inbox.countMessages.query()).toMatchObject({ total: 2 });
});

it('leaves WebSockets at other paths to the program', async () => {
  const { origin, server, live } = await startHost(fakeHost(users));
  const own = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/own') own.handleUpgrade(request, socket, head, (client) => client.send('hello'));
  });
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/own`);
  onTestFinished(() => socket.terminate());
  const [message] = await once(socket, 'message');
  expect(String(message)).toBe('hello');
  await live('token of ada', 'ws').inbox('0').started();
});

it('refuses a WebSocket at a path without a listener', async () => {
  const { origin } = await startHost(fakeHost(users));
  const { port, hostname } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.end('GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 404 /);
});

it('runs twice in one process, each with a host of its own', async () => {
  const one = await startHost(fakeHost({ token: ada }));
  const two = await startHost(fakeHost({ token: bob }));
  expect(await one.client('token').auth.me.query()).toMatchObject({ username: 'ada' });
  expect(await two.client('token').auth.me.query()).toMatchObject({ username: 'bob' });
  expect(await two.client('token').users.count.query()).toBe(1);
});

it('works without a framework and without a host', async () => {
  const { mirage } = await startHost({});
  const server = createServer((req, res) => mirage.handler(req, res, () => res.writeHead(404).end()));
  const url = await listen(server);
  onTestFinished(() => void server.close());
  const client = createMirageClient({ url });
  await client.auth.register.mutate({ username: 'ada', email: 'a@x', password: 'a secret one' });
  expect(await client.users.count.query()).toBe(1);
  expect((await fetch(url)).status).toBe(404);
});

it('rejects an invalid base path', async () => {
  for (const basePath of ['/', 'chat', '/chat/', '/a b'])
    await expect(createMirage({ basePath })).rejects.toThrow('basePath');
});

it('closes gracefully: requests in progress are answered, and subscribers told to reconnect', async () => {
  const host = fakeHost(users);
  const { mirage, url, live, deps } = await startHost(host);
  const ws = live('token of bob', 'ws');
  await ws.inbox('0').started();
  const sse = live('token of bob', 'sse');
  await sse.inbox('0').started();
  let answer = () => {};
  host.think = () => new Promise((resolve) => (answer = resolve));
  const calling = call(url, 'token of ada');
  while (!host.asked.includes('token of ada')) await new Promise(setImmediate);
  const closing = mirage.close();
  expect(await fetch(`${url}/trpc/users.count`)).toMatchObject({ status: 503 });
  answer();
  expect((await calling).status).toBe(200);
  await closing;
  expect(deps.hub.size).toBe(0);
  expect([ws.connection.state, sse.connection.state]).not.toContain('open');
  await mirage.close();
});
