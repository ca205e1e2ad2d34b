import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formOf } from '../../src/rest-compat/openapi/examples/form.ts';
import type { FileSettings } from '../../src/server/core/config.ts';
import { loadConfig } from '../../src/server/core/config.ts';
import { startMirage } from '../support/harness.ts';
import { openRaw } from '../support/raw-http.ts';

const { files: defaults } = loadConfig({});
const withFiles = (settings: Partial<FileSettings>) => ({ files: { ...defaults, ...settings } });

const uploaded = 'file uploaded successfully';

/** Ada and Bob in the public room den, and Carol outside of it. */
async function setup(settings: Parameters<typeof startMirage>[0] = {}) {
  const mirage = await startMirage(settings);
  const [ada, bob, carol] = await Promise.all(['ada', 'bob', 'carol'].map((name) => mirage.user(name)));
  if (!ada || !bob || !carol) throw new Error('three users');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'den' });
  await bob.client.chat.joinRoom.mutate({ name: 'den' });

  async function post(
    token: string | undefined,
    body: FormData | string,
    headers: Record<string, string> = {},
  ): Promise<[status: number, body: Record<string, string>]> {
    const response = await fetch(`${mirage.url}/api/upload_file`, {
      method: 'POST',
      body,
      headers: { ...(token !== undefined && { authorization: token }), ...headers },
    });
    return [response.status, (await response.json()) as Record<string, string>];
  }

  /** As the front end does it: first the file, then the room. */
  const form = (content: BlobPart, { name = 'notes.txt', room = String(roomId) } = {}) => {
    const data = new FormData();
    data.append('file', new Blob([content], { type: 'text/plain' }), name);
    data.append('room_id', room);
    return data;
  };

  /** Uploads and resolves to the URL. */
  const upload = async (content: BlobPart, options: Parameters<typeof form>[1] = {}, { token } = ada) => {
    const [status, { file_url: url = '' }] = await post(token, form(content, options));
    expect(status).toBe(200);
    return url;
  };

  const say = (message: string, { token } = ada, room_id = roomId) =>
    mirage.rest('POST', '/api/send_room_message', { token, room_id, message });

  const write = (recipient: string, message: string, { token } = ada) =>
    mirage.rest('POST', '/api/send_inbox_message', { token, recipient, message });

  async function texts(path: string, token: string): Promise<string[]> {
    const [, body] = await mirage.rest('GET', path, { token });
    return (body as { messages: { message: string }[] }).messages.map(({ message }) => message);
  }
  /** What Bob's front end gets. */
  const room = () => texts(`/api/get_room_messages?room_id=${roomId}`, bob.token);
  const inbox = ({ token } = bob) => texts('/api/inbox', token);

  return { mirage, ada, bob, carol, roomId, post, form, upload, say, write, room, inbox };
}

const linesOf = (text = '') => text.split('\n');
const urlOf = (line = '') => /^\[File\] (http\S+)$/.exec(line)?.[1] ?? expect.fail(`not a file: ${line}`);

async function read(url: string): Promise<[status: number, text: string | undefined]> {
  const response = await fetch(url);
  const text = await response.text();
  return [response.status, response.ok ? text : undefined];
}

describe('the front end', () => {
  it('uploads a file, sends its URL, and others read it', async () => {
    const { mirage, ada, bob, roomId, post, form, say, room } = await setup();
    const [status, answer] = await post(ada.token, form('hello'));
    expect([status, answer]).toEqual([200, { message: uploaded, file_url: expect.any(String) }]);
    const url = answer.file_url ?? '';
    expect(url).toMatch(
      new RegExp(`^${mirage.url}/files/[\\w-]{22}/notes\\.txt\\?expires=\\d+&signature=[\\w-]{43}$`),
    );
    expect(await read(url)).toEqual([200, 'hello']);
    expect(await room()).toEqual([]);

    expect(await say(`[File] ${url}`)).toEqual([200, { message: 'sent' }]);

    // The clock has not moved, so that the URL is the same.
    expect(await room()).toEqual([`[File] ${url}`]);
    const [message] = await bob.client.chat.listMessages.query({ roomId });
    expect(message).toMatchObject({ text: '', attachments: [{ name: 'notes.txt', size: 5 }] });
    expect(await read(url)).toEqual([200, 'hello']);
  });

  it('sends more than other bodies may have', async () => {
    const { mirage, ada, roomId, upload, form } = await setup();
    const big = 'x'.repeat(300 * 1024);
    expect(await read(await upload(big))).toEqual([200, big]);
    const elsewhere = await fetch(`${mirage.url}/api/send_room_message`, {
      method: 'POST',
      headers: { authorization: ada.token },
      body: form('hello', { room: String(roomId) }),
    });
    expect(elsewhere.status).toBe(415);
  });

  it('speaks HTTP/1.0', async () => {
    const { mirage, ada, roomId } = await setup();
    const raw = await openRaw(mirage.url);
    const { headers, text } = formOf({ file: 'old', room_id: roomId });
    raw.send([
      'POST /api/upload_file HTTP/1.0',
      `Authorization: ${ada.token}`,
      `Content-Type: ${headers['Content-Type']}`,
      `Content-Length: ${text.length}`,
    ]);
    raw.socket.write(text);
    await raw.closed();
    expect(raw.text()).toMatch(/^HTTP\/1\.[01] 200 /);
    // Without a Host header, the URL leads to where the client is connected to.
    const { file_url: url } = JSON.parse(raw.body()) as { file_url: string };
    expect(url.startsWith(`${mirage.url}/files/`)).toBe(true);
    const { pathname, search } = new URL(url);
    const again = await openRaw(mirage.url);
    again.send([`GET ${pathname}${search} HTTP/1.0`]);
    await again.closed();
    expect([again.text().split('\r\n')[0], again.body()]).toEqual([expect.stringContaining('200'), 'old']);
  });
});

describe('who may upload', () => {
  it('is a member, with a token, a file and a room', async () => {
    const { mirage, ada, bob, carol, roomId, post, form } = await setup();
    const dora = await mirage.user('dora');
    for (const { client } of [carol, dora]) await client.chat.joinRoom.mutate({ name: 'den' });
    await ada.client.chat.removeMember.mutate({ roomId, username: 'carol', ban: true });
    await dora.client.chat.leaveRoom.mutate({ roomId });
    const stranger = await mirage.user('eve');
    const without = (part: string) => {
      const data = form('x');
      data.delete(part);
      return data;
    };
    const asText = form('x');
    asText.set('file', 'x');
    const twice = form('x');
    twice.append('file', new Blob(['y']), 'y.txt');
    const otherPart = form('x');
    otherPart.append('picture', new Blob(['y']), 'y.txt');
    const { headers, text } = formOf({ file: 'x', room_id: roomId });
    const cut = () => post(ada.token, text.slice(0, -30), headers);

    const missing = [400, { error: 'missing fields' }];
    const unauthorized = [401, { error: 'unauthorized' }];
    const outside = [403, { error: 'you are not in this room' }];
    expect(await post(undefined, form('x'))).toEqual(missing);
    expect(await post('', form('x'))).toEqual(missing);
    expect(await post('wrong', form('x'))).toEqual(unauthorized);
    // The session comes before the fields, which come after the file.
    expect(await post('wrong', without('file'))).toEqual(unauthorized);
    expect(await post(stranger.token, form('x'))).toEqual(outside);
    expect(await post(carol.token, form('x'))).toEqual(outside);
    expect(await post(dora.token, form('x'))).toEqual(outside);
    for (const room of ['999', 'abc', '-1', '1.5', '99999999999999999999'])
      expect([room, ...(await post(ada.token, form('x', { room })))]).toEqual([room, ...outside]);
    for (const body of [
      without('file'),
      without('room_id'),
      form('x', { room: '' }),
      asText,
      twice,
      otherPart,
    ])
      expect(await post(ada.token, body)).toEqual(missing);
    expect(await cut()).toEqual(missing);
    expect(await post(ada.token, '{"room_id":1}', { 'content-type': 'application/json' })).toEqual([
      415,
      { error: 'the content type must be multipart/form-data with a boundary' },
    ]);
    expect((await post(ada.token, 'x', { 'content-type': 'multipart/form-data' }))[0]).toBe(415);
    expect((await post(ada.token, text, { ...headers, 'content-encoding': 'gzip' }))[0]).toBe(415);

    expect(await mirage.deps.db.file.count()).toBe(0);
    const stored = await readdir(join(mirage.folder, 'files'), { recursive: true, withFileTypes: true });
    expect(stored.filter((entry) => entry.isFile() && entry.name.length > 30)).toEqual([]);

    expect((await post(bob.token, form('x')))[0]).toBe(200);
    expect((await post(`Bearer ${bob.token}`, form('x', { room: ` ${roomId} ` })))[0]).toBe(200);
    const more = form('x');
    more.append('caption', 'ignored, like unknown fields everywhere');
    expect((await post(bob.token, more))[0]).toBe(200);
  });

  it('has room, in every sense', async () => {
    const answers = async (settings: Partial<FileSettings>, content = 'hello') => {
      const { ada, post, form } = await setup(withFiles(settings));
      return post(ada.token, form(content));
    };
    expect(await answers({ url: 'off' })).toEqual([403, { error: 'this server takes no files' }]);
    expect(await answers({ maxBytes: 4 })).toEqual([413, { error: 'the file is too large' }]);
    expect((await answers({ maxBytes: 5 }))[0]).toBe(200);
    expect(await answers({ types: ['image/*'] })).toEqual([
      415,
      { error: 'files of this type are not allowed' },
    ]);
    expect(await answers({ userQuotaBytes: 4 })).toEqual([
      413,
      { error: 'there is no room left for your files' },
    ]);
  });

  it('finds the whole storage full when others have filled it', async () => {
    const { ada, bob, post, form } = await setup(withFiles({ totalQuotaBytes: 8 }));
    expect((await post(ada.token, form('hello')))[0]).toBe(200);
    expect(await post(bob.token, form('world'))).toEqual([
      507,
      { error: 'the server has no room for more files' },
    ]);
  });

  it('uploads only so many files at a time', async () => {
    const { mirage, ada, bob, roomId, post, form } = await setup(withFiles({ maxUploadsPerUser: 1 }));
    const raw = await openRaw(mirage.url);
    const { headers, text } = formOf({ file: 'slow', room_id: roomId });
    raw.send([
      'POST /api/upload_file HTTP/1.1',
      'Host: a.example',
      `Authorization: ${ada.token}`,
      `Content-Type: ${headers['Content-Type']}`,
      `Content-Length: ${text.length}`,
      'Expect: 100-continue',
    ]);
    await raw.has('100 Continue');
    expect(await post(ada.token, form('second'))).toEqual([429, { error: 'too many uploads at a time' }]);
    expect((await post(bob.token, form('other')))[0]).toBe(200);
    raw.socket.write(text);
    await raw.has(uploaded);
    expect((await post(ada.token, form('third')))[0]).toBe(200);
  });
});

describe('the URL', () => {
  async function originOf(settings: Parameters<typeof startMirage>[0], headers: string[]) {
    const { mirage, ada, roomId } = await setup(settings);
    const raw = await openRaw(mirage.url);
    const { headers: ofForm, text } = formOf({ file: 'x', room_id: roomId });
    raw.send([
      'POST /api/upload_file HTTP/1.1',
      ...headers,
      'Connection: close',
      `Authorization: ${ada.token}`,
      `Content-Type: ${ofForm['Content-Type']}`,
      `Content-Length: ${text.length}`,
    ]);
    raw.socket.write(text);
    await raw.closed();
    const { file_url: url } = JSON.parse(raw.body()) as { file_url: string };
    return url.slice(0, url.indexOf('/files/')).replace(mirage.url, 'self');
  }

  const forwarded = ['X-Forwarded-Proto: https', 'X-Forwarded-Host: chat.example'];

  it.each<[string, Parameters<typeof startMirage>[0], string[], string]>([
    ['the requested host', {}, ['Host: a.example:81'], 'http://a.example:81'],
    ['what anybody claims', {}, ['Host: a.example', ...forwarded], 'http://a.example'],
    ['what a proxy says', { trustedProxies: 1 }, ['Host: inner', ...forwarded], 'https://chat.example'],
    [
      'the standard header',
      { trustedProxies: 1 },
      ['Host: inner', 'Forwarded: for=192.0.2.1;proto=HTTPS;host="chat.example:8443"', ...forwarded],
      'https://chat.example:8443',
    ],
    [
      'a scheme alone',
      { trustedProxies: 1 },
      ['Host: a.example', 'X-Forwarded-Proto: https'],
      'https://a.example',
    ],
    [
      'the outermost trusted proxy',
      { trustedProxies: 2 },
      [
        'Host: inner',
        'X-Forwarded-Proto: gopher, https, http',
        'X-Forwarded-Host: forged, chat.example, proxy',
      ],
      'https://chat.example',
    ],
    [
      'no other scheme',
      { trustedProxies: 1 },
      ['Host: a.example', 'X-Forwarded-Proto: javascript'],
      'http://a.example',
    ],
    ['an impossible host', {}, ['Host: a.example/evil?'], 'self'],
    [
      'the setting PUBLIC_URL',
      { publicUrl: 'https://chat.example/talk' },
      ['Host: a.example'],
      'https://chat.example/talk',
    ],
    [
      'the setting FILES_ORIGIN',
      { publicUrl: 'https://chat.example', ...withFiles({ origin: 'https://files.example' }) },
      ['Host: a.example'],
      'https://files.example',
    ],
  ])('begins with %s', async (_what, settings, headers, expected) => {
    const origin = await originOf(settings, headers);
    // Otherwise the test would not notice a URL without an origin.
    expect(origin).not.toBe('');
    expect(origin).toBe(expected);
  });

  it('is no way out of the script or the text that it is written into', async () => {
    const { upload, say, room } = await setup();
    const url = await upload('x', { name: `a');alert(1)-*b*.txt` });
    expect(url).not.toMatch(/['()*]/);
    await say(`[File] ${url}`);
    expect(await room()).toEqual([`[File] ${url}`]);
    expect((await fetch(url)).headers.get('content-disposition')).toContain('alert');
  });
});

describe('what is sent', () => {
  it('comes back as it was: a text and two files', async () => {
    const { roomId, ada, upload, say, room } = await setup();
    const [one, two] = [await upload('1', { name: 'one.txt' }), await upload('2', { name: 'two.txt' })];
    const text = `look\n[File] ${one}\n[File] ${two}`;
    await say(text);
    expect(await room()).toEqual([text]);
    // A client that edits by sending again gets the same once more.
    await say((await room())[0] ?? '');
    expect(await room()).toEqual([text, text]);
    const messages = await ada.client.chat.listMessages.query({ roomId });
    expect(messages.map(({ text, attachments }) => [text, attachments?.map(({ name }) => name)])).toEqual(
      Array(2).fill(['look', ['one.txt', 'two.txt']]),
    );
  });

  it('loses its links, wherever they are in the text', async () => {
    const { roomId, ada, upload, say } = await setup();
    const url = await upload('x');
    const other = await upload('y');
    const sent = [
      url,
      `see ${url} for the plan`,
      `(${url}), or`,
      `[File] ${url} [File] ${other}`,
      `${url}\n${other}\nboth`,
      `[File]${url}`,
      `twice ${url} ${url}`,
      url.replace('http:', 'https:'),
    ];
    for (const text of sent) await say(text);
    const messages = await ada.client.chat.listMessages.query({ roomId });
    expect(messages.map(({ text, attachments }) => [text, attachments?.length])).toEqual([
      ['', 1],
      ['see for the plan', 1],
      ['(), or', 1],
      ['', 2],
      ['both', 2],
      ['', 1],
      ['twice', 1],
      ['', 1],
    ]);
  });

  it('has at most ten files, and the other links in its text', async () => {
    const { roomId, ada, upload, say } = await setup();
    const urls: string[] = [];
    for (let i = 1; i <= 12; i += 1) urls.push(await upload(String(i), { name: `${i}.txt` }));
    await say(urls.map((url) => `[File] ${url}`).join('\n'));
    const [message] = await ada.client.chat.listMessages.query({ roomId });
    expect(message?.attachments?.map(({ name }) => name)).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index + 1}.txt`),
    );
    expect(linesOf(message?.text)).toEqual(urls.slice(10).map((url) => `[File] ${url}`));
  });

  it('stays as it is where the files are not its sender’s, for this room and here', async () => {
    const { mirage, ada, bob, roomId, upload, say, write, room, inbox } = await setup();
    const mine = await upload('x');
    const others = await upload('y', {}, bob);
    const { id: attic } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
    const elsewhere = await upload('z', { room: String(attic) });
    const texts = [
      `[File] ${others}`,
      `[File] ${elsewhere}`,
      `[File] ${mine.replace(/files\/[\w-]{22}/, `files/${'A'.repeat(22)}`)}`,
      `[File] ${mine.replace(mirage.url, 'http://elsewhere.example')}`,
      `[File] ${mine.replace(mirage.url, `${mirage.url}.example`)}`,
      `[File] ${mine.replace(mirage.url, `${mirage.url}@elsewhere.example`)}`,
      `[File] ${mine.replace('/files/', '/talk/files/')}`,
      '[File] https://example.com/files/a.txt',
      '[File] ',
      'about /files/ in general',
    ];
    for (const text of texts) expect(await say(text)).toEqual([200, { message: 'sent' }]);
    expect(await room()).toEqual(texts.map((text) => text.trim()));
    expect((await ada.client.chat.listMessages.query({ roomId })).filter((each) => each.attachments)).toEqual(
      [],
    );
    // What was uploaded for a room cannot be sent to one person.
    await write('bob', ` [File] ${mine}`);
    expect(await inbox()).toEqual([` [File] ${mine}`]);
  });

  it('has its sender’s files, and the links to those of others in its text', async () => {
    const { roomId, ada, bob, upload, say } = await setup();
    const [mine, theirs] = [await upload('x', { name: 'mine.txt' }), await upload('y', {}, bob)];
    await say(`[File] ${mine}\nin answer to\n[File] ${theirs}`);
    const [message] = await ada.client.chat.listMessages.query({ roomId });
    expect(message?.text).toBe(`in answer to\n[File] ${theirs}`);
    expect(message?.attachments?.map(({ name }) => name)).toEqual(['mine.txt']);
  });

  it('is refused for the same reasons as without files', async () => {
    const { mirage, ada, bob, roomId, upload, say } = await setup();
    const url = await upload('x', {}, bob);
    await ada.client.chat.removeMember.mutate({ roomId, username: 'bob' });
    expect(await say(`[File] ${url}`, bob)).toEqual([403, { error: 'you are not in this room' }]);
    const [status] = await mirage.rest('POST', '/api/send_room_message', { room_id: roomId, message: url });
    expect(status).toBe(400);
  });

  it('goes to one person in the same way, with files uploaded for them', async () => {
    const { mirage, ada, write, inbox, upload } = await setup();
    const response = await fetch(`${mirage.url}/files?recipient=bob`, {
      method: 'POST',
      headers: { authorization: ada.token, 'content-type': 'text/plain' },
      body: 'psst',
    });
    const { id } = (await response.json()) as { id: string };
    const url = (await upload('form')).replace(/files\/[\w-]{22}/, `files/${id}`);
    expect(await write('bob', `  for you\n[File] ${url}`)).toEqual([200, { message: 'message sent' }]);
    const [text] = await inbox();
    expect(linesOf(text)).toEqual(['for you', expect.stringContaining(`[File] ${mirage.url}/files/${id}/`)]);
    expect(await read(urlOf(linesOf(text)[1]))).toEqual([200, 'psst']);
    expect(await inbox(ada)).toEqual([text]);
    await write('bob', text ?? '');
    expect(await inbox()).toEqual([text, text]);
    const { messages } = await ada.client.inbox.listMessages.query();
    expect(messages.map(({ text, attachments }) => [text, attachments?.length])).toEqual(
      Array(2).fill(['for you', 1]),
    );
  });

  it('is found also below a path that Mirage is mounted at', async () => {
    const { mirage, upload, say, room } = await setup({ publicUrl: 'https://chat.example/talk' });
    const url = await upload('x');
    await say(`[File] ${url} [File] ${mirage.url}${new URL(url).pathname}${new URL(url).search}`);
    expect(await room()).toEqual([
      `[File] ${mirage.url}${new URL(url).pathname}${new URL(url).search}\n[File] ${url}`,
    ]);
  });
});

describe('what is read', () => {
  it('has a line for each file of typed messages, also of edited ones', async () => {
    const { mirage, ada, bob, roomId, room, inbox } = await setup();
    const put = async (query: string, name: string) => {
      const data = new FormData();
      data.append('file', new Blob([name]), name);
      const headers = { authorization: ada.token };
      const response = await fetch(`${mirage.url}/files?${query}`, { method: 'POST', body: data, headers });
      return ((await response.json()) as { id: string }).id;
    };
    const attachments = [await put(`roomId=${roomId}`, 'a.txt'), await put(`roomId=${roomId}`, 'b.txt')];
    const sent = await ada.client.chat.sendMessage.mutate({ roomId, text: 'first', attachments });
    await ada.client.chat.editMessage.mutate({ roomId, id: sent.id, text: 'second' });
    await ada.client.chat.sendMessage.mutate({ roomId, text: '', attachments: attachments.slice(1) });
    await bob.client.chat.sendMessage.mutate({ roomId, text: 'no files' });
    const [edited, bare, plain] = await room();
    expect(linesOf(edited)[0]).toBe('second');
    for (const [line, name] of [
      [linesOf(edited)[1], 'a.txt'],
      [linesOf(edited)[2], 'b.txt'],
      [bare, 'b.txt'],
    ])
      expect(await read(urlOf(line))).toEqual([200, name]);
    expect(plain).toBe('no files');

    const letter = [await put('recipient=bob', 'c.txt')];
    const { id } = await ada.client.inbox.sendMessage.mutate({
      recipient: 'bob',
      text: 'one',
      attachments: letter,
    });
    await ada.client.inbox.editMessage.mutate({ id, text: 'two' });
    const [text] = await inbox();
    expect(linesOf(text)[0]).toBe('two');
    expect(await read(urlOf(linesOf(text)[1]))).toEqual([200, 'c.txt']);
  });

  it.each(['ephemeral', 'kept'] as const)(
    'is signed anew once its URLs have expired (%s)',
    async (history) => {
      const { mirage, ada, upload, say } = await setup();
      const { id } = await ada.client.chat.createRoom.mutate({ name: 'hall', history });
      const first = await upload('hello', { room: String(id) });
      await say(`[File] ${first}`, ada, id);
      mirage.clock.advance(2 * 60 * 60 * 1000);
      await mirage.deps.files?.sweep();
      expect(await read(first)).toEqual([404, undefined]);
      const [, body] = await mirage.rest('GET', `/api/get_room_messages?room_id=${id}`, { token: ada.token });
      const [message] = (body as { messages: { message: string }[] }).messages;
      const second = urlOf(message?.message);
      expect(second).not.toBe(first);
      expect(await read(second)).toEqual([200, 'hello']);
    },
  );
});

describe('a file', () => {
  it('is gone an hour after its upload if nobody has sent it', async () => {
    const { mirage, upload, say, room } = await setup(withFiles({ urlTtlMs: 24 * 60 * 60 * 1000 }));
    const url = await upload('x');
    mirage.clock.advance(60 * 60 * 1000 - 1);
    await mirage.deps.files?.sweep();
    expect(await read(url)).toEqual([200, 'x']);
    mirage.clock.advance(1);
    // Even before the next sweep.
    expect(await read(url)).toEqual([404, undefined]);
    await mirage.deps.files?.sweep();
    expect(await mirage.deps.db.file.count()).toBe(0);
    await say(`[File] ${url}`);
    expect(await room()).toEqual([`[File] ${url}`]);
  });

  it('is gone at once with its last message', async () => {
    const { ada, roomId, upload, say } = await setup();
    const url = await upload('x');
    await say(url);
    const [message] = await ada.client.chat.listMessages.query({ roomId });
    await ada.client.chat.deleteMessage.mutate({ roomId, id: message?.id ?? '' });
    expect(await read(url)).toEqual([404, undefined]);
  });

  it('is stored, and sent, once for all requests with the same Idempotency-Key', async () => {
    const { mirage, ada, roomId, post, form, room } = await setup();
    const headers = { 'idempotency-key': 'upload-1' };
    const first = await post(ada.token, form('x'), headers);
    expect(await post(ada.token, form('x'), headers)).toEqual(first);
    expect(await mirage.deps.db.file.count()).toBe(1);
    expect(await post(ada.token, form('y'), headers)).toEqual([
      422,
      { error: 'this Idempotency-Key was used for another request' },
    ]);
    expect((await post(ada.token, form('x'), { 'idempotency-key': 'two words' }))[0]).toBe(400);
    const send = () =>
      fetch(`${mirage.url}/api/send_room_message`, {
        method: 'POST',
        headers: {
          authorization: ada.token,
          'content-type': 'application/json',
          'idempotency-key': 'send-1',
        },
        body: JSON.stringify({ room_id: roomId, message: `[File] ${first[1].file_url}` }),
      });
    expect([(await send()).status, (await send()).status]).toEqual([200, 200]);
    expect(await room()).toEqual([`[File] ${first[1].file_url}`]);
  });
});
