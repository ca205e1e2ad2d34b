import type { inferRouterOutputs } from '@trpc/server';
import { expect, it } from 'vitest';
import type { AppRouter } from '../../src/client/api.ts';
import { reasonOf } from '../../src/client/index.ts';
import { createCaller } from '../../src/server/api/app-router.ts';
import { startMirage } from '../support/harness.ts';
import { transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { repetitions } from '../support/long-runs.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { createWaiting } from '../support/waiting.ts';

const ofEach = 25;
const operations = repetitions(5000, 20_000);
const milestone = 1000;
const atATime = 20;

type LiveClient = ReturnType<typeof liveClient>['client'];
type Message = Awaited<ReturnType<LiveClient['inbox']['listMessages']['query']>>['messages'][number];
type InboxEvent =
  inferRouterOutputs<AppRouter>['inbox']['onMessage'] extends AsyncIterable<infer Event> ? Event : never;

const peers = ['alice', 'carol', 'dave'];
const pick = <Item>(items: readonly Item[]): Item =>
  items[Math.floor(Math.random() * items.length)] ?? expect.fail('nothing to pick from');

/** What bob's client shows, made of events alone. */
class ShownInbox {
  readonly #messages = new Map<number, Message>();
  /** Up to where `reader` has read what was exchanged with bob, or bob what was exchanged with a peer. */
  readonly #marks = new Map<string, number>();
  readonly #mutes = new Map<string, string | null>();
  hasBegun = false;
  newestText = '';
  #newestId = 0;
  gaps = 0;
  /** Messages that came twice, or after a later one. */
  misplaced = 0;

  apply(event: InboxEvent): void {
    this.hasBegun = true;
    if (!('data' in event)) return;
    const { data } = event;
    switch (data.type) {
      case 'gap':
        this.gaps += 1;
        break;
      case 'message':
        if (data.message.id <= this.#newestId) this.misplaced += 1;
        this.#newestId = data.message.id;
        this.newestText = data.message.text;
        this.#messages.set(data.message.id, data.message);
        break;
      case 'edited':
        this.#messages.set(data.message.id, data.message);
        break;
      case 'deleted':
        this.#messages.delete(data.id);
        break;
      case 'reaction': {
        const message = this.#messages.get(data.id);
        if (message) this.#messages.set(data.id, { ...message, reactions: data.reactions });
        break;
      }
      case 'read':
        for (const peer of data.with === null ? peers : [data.with]) {
          const key = data.reader === 'bob' ? `bob ${peer}` : `${data.reader} bob`;
          this.#marks.set(key, Math.max(this.#marks.get(key) ?? 0, data.upTo));
        }
        break;
      case 'conversation':
        this.#mutes.set(data.with, data.mutedUntil);
        if (data.cleared)
          for (const { id, sender, recipient } of this.#messages.values())
            if (sender === data.with || recipient === data.with) this.#messages.delete(id);
    }
  }

  /** Comparable, whatever came in how many events. */
  get state() {
    const messages = [...this.#messages.values()].sort((a, b) => b.id - a.id);
    return {
      messages: messages.map((message) => ({ ...message, read: this.#isRead(message) })),
      mutes: Object.fromEntries(peers.map((peer) => [peer, this.#mutes.get(peer) ?? null])),
    };
  }

  #isRead({ id, sender, recipient, read }: Message): boolean {
    return read || id <= (this.#marks.get(`${recipient} ${sender}`) ?? 0);
  }
}

async function startInbox() {
  const mirage = await startMirage();
  const bob = await mirage.user('bob');
  const tokens = new Map([['bob', bob.token]]);
  for (const name of peers) tokens.set(name, (await mirage.user(name)).token);
  const callers = new Map(
    [...tokens].map(([name, token]) => [
      name,
      createCaller({ deps: mirage.deps, token, address: 'local' }).inbox,
    ]),
  );
  return { ...mirage, bob, as: (name: string) => callers.get(name) ?? expect.fail(`unknown user ${name}`) };
}

/** Random operations of bob and his peers. What has become impossible meanwhile is refused, and does nothing. */
function createOperations({ as }: Awaited<ReturnType<typeof startInbox>>) {
  const sent: { id: number; sender: string; recipient: string }[] = [];
  let count = 0;

  async function send(): Promise<void> {
    const peer = pick(peers);
    const [sender, recipient] = Math.random() < 0.5 ? ['bob', peer] : [peer, 'bob'];
    count += 1;
    const { id } = await as(sender).sendMessage({ recipient, text: `message ${count}` });
    sent.push({ id, sender, recipient });
  }
  const change: Record<string, (message: (typeof sent)[number]) => Promise<unknown>> = {
    edit: ({ id, sender }) => as(sender).editMessage({ id, text: `edited ${Math.random()}` }),
    'delete for everyone': ({ id, sender, recipient }) =>
      as(pick([sender, recipient])).deleteMessage({ id, scope: 'everyone' }),
    'delete for oneself': ({ id, sender, recipient }) =>
      as(pick([sender, recipient])).deleteMessage({ id, scope: 'me' }),
    react: ({ id, sender, recipient }) =>
      as(pick([sender, recipient])).react({ id, emoji: pick(['👍', '🎉', '❤️']) }),
    unreact: ({ id, sender, recipient }) =>
      as(pick([sender, recipient])).unreact({ id, emoji: pick(['👍', '🎉', '❤️']) }),
    read: ({ id, sender, recipient }) => as(recipient).markRead({ with: sender, upTo: id }),
    'read all': ({ id }) => as('bob').markRead({ upTo: id }),
    mute: ({ sender, recipient }) => as('bob').mute({ with: sender === 'bob' ? recipient : sender }),
    unmute: ({ sender, recipient }) => as('bob').unmute({ with: sender === 'bob' ? recipient : sender }),
  };
  const weights = { edit: 9, react: 5, unreact: 3, read: 3, mute: 1, unmute: 1 };
  const kinds = Object.keys(change).flatMap((kind) =>
    Array<string>(weights[kind as keyof typeof weights] ?? 1).fill(kind),
  );

  return async () => {
    const message = sent.length > 0 && Math.random() < 0.6 ? pick(sent.slice(-200)) : undefined;
    if (!message) return send();
    await change[pick(kinds)]?.(message).catch((error: unknown) => {
      if (reasonOf(error) !== 'MESSAGE_NOT_FOUND') throw error;
    });
  };
}

it('shows 50 clients with lost connections what one shows that was never away', {
  timeout: 240_000,
}, async () => {
  const inbox = await startInbox();
  const { bob, url, as } = inbox;
  const proxy = await startProxy(url);
  const { changed, until } = createWaiting(() => all.map(({ newestText }) => newestText));
  function show(client: LiveClient): ShownInbox {
    const shown = new ShownInbox();
    client.inbox.onMessage.subscribe(
      {},
      {
        onData(event) {
          shown.apply(event);
          changed();
        },
        onError: (error) => expect.fail(String(error)),
      },
    );
    return shown;
  }
  const { token } = bob;
  const always = show(liveClient({ url, token }).client);
  const crowd = transports.flatMap((transport) =>
    Array.from({ length: ofEach }, () => show(liveClient({ url: proxy.url, token, transport }).client)),
  );
  const all = [always, ...crowd];
  const told = async (text: string, shown: ShownInbox[]) => {
    await as('alice').sendMessage({ recipient: 'bob', text });
    await until(() => shown.every(({ newestText }) => newestText === text));
  };
  await until(() => all.every(({ hasBegun }) => hasBegun));

  const operate = createOperations(inbox);
  for (let done = 0; done < operations; done += atATime) {
    await Promise.all(Array.from({ length: atATime }, operate));
    await new Promise(setImmediate); // so that it leaves in many parts
    const connections = [...proxy.connections]; // none after a cut, until they are back
    if (done % 100 === 0 && connections.length > 0) pick(connections).resetAndDestroy();
    if (done % (4 * milestone) === 2 * milestone) proxy.cut();
    // A socket comes back in half a second, an event source takes three.
    if (done % milestone === 0) await told(`${done} done`, [pick(crowd.slice(0, ofEach))]);
  }
  await told('the end', all);

  expect(all.map(({ gaps, misplaced }) => [gaps, misplaced])).toEqual(all.map(() => [0, 0]));
  for (const { state } of crowd) expect(state).toEqual(always.state);
  // And that is what the server has.
  const { messages } = await bob.client.inbox.listMessages.query({ limit: 500 });
  expect(always.state.messages.slice(0, messages.length)).toEqual(messages);
});
