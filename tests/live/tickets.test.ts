import { EventSource } from 'eventsource';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ticketTtlMs } from '../../src/server/infra/stores/tickets.ts';
import { startRoom } from '../support/live.ts';
import { errorOf, openStream } from '../support/raw-stream.ts';

async function setup() {
  const mirage = await startRoom();
  const { bob, url, roomId } = mirage;
  const open = (params: object) =>
    openStream(url, 'chat.onMessage', {
      input: { roomId },
      query: { connectionParams: JSON.stringify(params) },
    });
  const issue = async () => (await bob.client.auth.createTicket.mutate()).ticket;
  async function reason(params: object) {
    const stream = await open(params);
    await stream.over();
    if (stream.response.status === 401) return JSON.parse(stream.text()).error.data.reason;
    return errorOf(stream.events())?.data.reason;
  }
  return { ...mirage, open, issue, reason };
}

it('accepts a ticket in place of the token from browsers, which cannot send headers', async () => {
  const { url, roomId, issue, say } = await setup();
  const input = encodeURIComponent(JSON.stringify({ roomId }));
  const params = encodeURIComponent(JSON.stringify({ ticket: await issue() }));
  const source = new EventSource(`${url}/trpc/chat.onMessage?input=${input}&connectionParams=${params}`);
  onTestFinished(() => source.close());
  const message = new Promise<MessageEvent>((resolve) => {
    source.addEventListener('message', resolve);
  });
  await new Promise((resolve) => {
    source.addEventListener('connected', resolve);
  });
  const said = await say('hello');
  const { data, lastEventId } = await message;
  expect([JSON.parse(data), lastEventId]).toEqual([{ type: 'message', message: said }, said.id]);
});

it('accepts a ticket once', async () => {
  const { open, issue, reason, say } = await setup();
  const ticket = await issue();
  const stream = await open({ ticket });
  await stream.has('connected');
  await say('hello');
  await stream.has('hello');
  expect(await reason({ ticket })).toBe('INVALID_TICKET');
  await say('bye');
  await stream.has('bye');
});

it.each(['', 'unknown', 'x'.repeat(10_000)])('refuses a ticket that was never given', async (ticket) => {
  const { reason, deps } = await setup();
  expect(await reason({ ticket })).toBe('INVALID_TICKET');
  expect(deps.hub.size).toBe(0);
});

it('accepts a ticket for 30 seconds', async () => {
  const { issue, reason, open, say } = await setup();
  const [good, late] = [await issue(), await issue()];
  const now = performance.now.bind(performance);
  let later = ticketTtlMs - 10_000;
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now() + later);
  onTestFinished(() => spy.mockRestore());
  const stream = await open({ ticket: good });
  await say('hello');
  await stream.has('hello');
  later = ticketTtlMs;
  expect(await reason({ ticket: late })).toBe('INVALID_TICKET');
});

it('refuses a ticket whose session has been ended', async () => {
  const { bob, issue, reason } = await setup();
  const ticket = await issue();
  await bob.client.auth.logout.mutate();
  expect(await reason({ ticket })).toBe('UNAUTHORIZED');
});

it('refuses a ticket whose session has expired', async () => {
  const { issue, reason, clock, deps } = await setup();
  const ticket = await issue();
  clock.advance(deps.config.sessionTtlMs);
  expect(await reason({ ticket })).toBe('UNAUTHORIZED');
});

it('issues no ticket without a session', async () => {
  const { client } = await setup();
  await expect(client().auth.createTicket.mutate()).rejects.toMatchObject({
    data: { reason: 'UNAUTHORIZED' },
  });
});

it('accepts no token in any part of a URL', async () => {
  const { bob, url, roomId, reason } = await setup();
  expect(await reason({ token: bob.token })).toBe('UNAUTHORIZED');
  for (const name of ['token', 'authorization', 'ticket']) {
    const stream = await openStream(url, 'chat.onMessage', {
      input: { roomId },
      query: { [name]: bob.token },
    });
    await stream.over();
    expect(errorOf(stream.events())?.data.reason).toBe('UNAUTHORIZED');
  }
});

it('refuses invalid connection parameters in a way that stops clients from retrying', async () => {
  const { url, bob, roomId } = await setup();
  for (const connectionParams of ['{', '[]', '"x"', '{"ticket":1}']) {
    const query = new URLSearchParams({ input: JSON.stringify({ roomId }), connectionParams });
    const response = await fetch(`${url}/trpc/chat.onMessage?${query}`, {
      headers: { authorization: bob.token },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { data: { reason: 'INVALID_INPUT' } } });
  }
});

it('refuses a spent ticket with 401 before any stream begins, so that an EventSource does not try it again', async () => {
  const { url, roomId, issue, open } = await setup();
  const params = JSON.stringify({ ticket: await issue() });
  const query = new URLSearchParams({ input: JSON.stringify({ roomId }), connectionParams: params });
  const requests = vi.fn(fetch);
  const source = new EventSource(`${url}/trpc/chat.onMessage?${query}`, { fetch: requests });
  onTestFinished(() => source.close());
  await new Promise((resolve) => source.addEventListener('connected', resolve));
  const stream = await open(JSON.parse(params));
  await stream.over();
  expect(stream.response.status).toBe(401);
  expect(stream.response.headers.get('content-type')).toBe('application/json');
  expect(stream.response.headers.get('x-content-type-options')).toBe('nosniff');

  const again = new EventSource(`${url}/trpc/chat.onMessage?${query}`, { fetch: requests });
  const error = await new Promise<{ code?: number | undefined }>((resolve) => {
    again.addEventListener('error', resolve);
  });
  expect([error.code, again.readyState, requests.mock.calls.length]).toEqual([401, EventSource.CLOSED, 2]);
});

it('resumes with a new ticket after the last event, as documented', async () => {
  const { url, roomId, issue, say } = await setup();
  const first = await say('first');
  await say('second');
  const params = JSON.stringify({ ticket: await issue() });
  const query = { connectionParams: params, lastEventId: first.id };
  const stream = await openStream(url, 'chat.onMessage', { input: { roomId }, query });
  await stream.has('second');
  expect(stream.text()).not.toContain('first');
});
