import { EventSource } from 'eventsource';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ticketTtlMs } from '../../src/server/tickets.ts';
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
    return errorOf(stream.events())?.data.reason;
  }
  return { ...mirage, open, issue, reason };
}

it('lets a browser in that can send no header, with a ticket in place of the token', async () => {
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

it('takes a ticket once', async () => {
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

it('takes a ticket for half a minute', async () => {
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

it('refuses the ticket of a session that has ended since', async () => {
  const { bob, issue, reason } = await setup();
  const ticket = await issue();
  await bob.client.auth.logout.mutate();
  expect(await reason({ ticket })).toBe('UNAUTHORIZED');
});

it('refuses the ticket of a session that has expired since', async () => {
  const { issue, reason, clock, deps } = await setup();
  const ticket = await issue();
  clock.advance(deps.config.sessionTtlMs);
  expect(await reason({ ticket })).toBe('UNAUTHORIZED');
});

it('gives no ticket to somebody without a session', async () => {
  const { client } = await setup();
  await expect(client().auth.createTicket.mutate()).rejects.toMatchObject({
    data: { reason: 'UNAUTHORIZED' },
  });
});

it('opens nothing to a token in a URL, wherever it stands there', async () => {
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

it('refuses connection parameters that are none, so that no stream comes back for more', async () => {
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
