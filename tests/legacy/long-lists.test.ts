import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Deps } from '../../src/server/services/shared/deps.ts';
import { openFront } from '../support/dispatcher.ts';
import { startMirage } from '../support/harness.ts';
import { seedInbox } from '../support/seed.ts';

const count = 1500;
const text = '\u0001é'.repeat(2000); // 16,000 bytes as JSON, so that the list exceeds what the system buffers
const slices = 15;

/** A Mirage whose user ada has a long inbox, on a server whose queries are counted. */
async function startWithLongInbox() {
  const mirage = await startMirage();
  const ada = await mirage.user('ada');
  seedInbox(mirage, { sender: 'ada', recipient: 'ada', count, text });
  const sql = vi.fn(mirage.deps.sql);
  const logError = vi.spyOn(mirage.deps.log, 'error');
  const front = await openFront({ ...mirage.deps, sql: sql as Deps['sql'] });
  const get = (path: string) => fetch(front.url + path, { headers: { authorization: ada.token } });

  /** Requests the inbox on a connection of its own, and resolves to the unread response. */
  async function open(method = 'GET') {
    const request = http.request(`${front.url}/api/inbox`, {
      method,
      agent: false,
      headers: { authorization: ada.token },
    });
    request.on('error', () => {}).end();
    onTestFinished(() => void request.destroy());
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response.on('error', () => {});
  }

  /** Resolves to the server's side of the connection once it waits for the client to read. */
  const stalled = () =>
    vi.waitFor(() => {
      const socket = [...front.sockets].find(({ writableNeedDrain }) => writableNeedDrain);
      if (!socket) throw new Error('no connection is stalled');
      return socket;
    }, 15_000);

  return { url: front.url, sql, logError, get, open, stalled };
}

it('reads a list as fast as the client does, and sends all of it', async () => {
  const { sql, open, stalled } = await startWithLongInbox();
  const response = await open();
  const socket = await stalled();

  expect(sql.mock.calls.length).toBeLessThan(slices);
  expect(socket.writableLength).toBeLessThan(200_000);

  const body = (await buffer(response)).toString();
  expect(response.headers).toMatchObject({
    'content-type': 'application/json',
    'transfer-encoding': 'chunked',
  });
  const { messages } = JSON.parse(body) as { messages: { id: number }[] };
  expect(messages.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, index) => count - index));
  // Byte for byte as if it had been sent at once.
  expect(JSON.stringify({ messages }) === body).toBe(true);
}, 30_000);

it('stops reading when the client disconnects', async () => {
  const { sql, logError, open, stalled, get } = await startWithLongInbox();
  const response = await open();
  const socket = await stalled();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const queries = sql.mock.calls.length;

  response.destroy();
  await closed;
  for (let request = 0; request < 3; request += 1) await (await get('/api/ping')).text();

  expect(sql.mock.calls.length).toBeLessThanOrEqual(queries + 1);
  expect(logError).not.toHaveBeenCalled();
}, 30_000);

it('reads only the beginning for HEAD', async () => {
  const { sql, open } = await startWithLongInbox();
  const response = await open('HEAD');
  expect([response.statusCode, (await buffer(response)).length]).toEqual([200, 0]);
  expect(sql.mock.calls.length).toBeLessThan(4);
}, 30_000);

it('closes the connection if a list cannot be completed, and logs it once', async () => {
  const { sql, logError, get } = await startWithLongInbox();
  const query = sql.getMockImplementation();
  let left = 5;
  sql.mockImplementation((statement) => {
    left -= 1;
    if (left < 0 || !query) return Promise.reject(new Error('disk I/O error'));
    return query(statement);
  });

  const response = await get('/api/inbox');
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  expect(logError).toHaveBeenCalledTimes(1);
  expect((await get('/api/ping')).status).toBe(200);
}, 30_000);
