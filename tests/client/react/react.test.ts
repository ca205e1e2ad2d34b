import type { createElement, ReactNode } from 'react';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Chat, Target, TimelineItem } from '../../../src/client/chat/index.ts';
import { createMirageClient, type MirageClient } from '../../../src/client/index.ts';
import { startMirage } from '../../support/harness.ts';
import { openChat, until, watch } from '../chat/support.ts';
import { type Loaded, loadReact, versions } from './load.ts';

async function startRoom(messages = 0) {
  const mirage = await startMirage();
  const [ada, bob] = [await mirage.user('ada'), await mirage.user('bob')];
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'room', history: 'kept' });
  await bob.client.chat.joinRoom.mutate({ name: 'room' });
  const say = (text: string) => bob.client.chat.sendMessage.mutate({ roomId, text });
  for (let n = 1; n <= messages; n += 1) await say(`${n}`);
  return { mirage, ada, bob, roomId, say };
}

/** The client, with another `chat`. */
const overlaid = (client: MirageClient, chat: object) =>
  new Proxy(client, { get: (target, name) => (name === 'chat' ? chat : Reflect.get(target, name)) });

/** Shows it below a provider, and gives what is shown. */
function render({ react, dom, hooks }: Loaded, chat: Chat, node: ReactNode, { strict = false } = {}) {
  const container = document.body.appendChild(document.createElement('div'));
  const root = dom.createRoot(container);
  const show = (next: ReactNode) => {
    const tree = react.createElement(hooks.ChatProvider, { chat }, next);
    root.render(strict ? react.createElement(react.StrictMode, null, tree) : tree);
  };
  onTestFinished(() => {
    root.unmount();
    container.remove();
  });
  show(node);
  return { container, show };
}

const shows = (container: Element, text: string) =>
  expect.poll(() => container.textContent, { interval: 5 }).toBe(text);

type Version = keyof typeof versions;
const both = Object.keys(versions).map(Number) as Version[]; // safe: its keys are numbers

describe.each(both)('with React %s', (version) => {
  let loaded: Loaded;
  beforeAll(async () => {
    loaded = await loadReact(version);
  });

  const h = ((...args: Parameters<typeof createElement>) =>
    loaded.react.createElement(...args)) as typeof createElement;

  it('has the version that it should have', () => {
    expect(loaded.react.version).toMatch(new RegExp(`^${version}\\.`));
  });

  it('shows history and what is said, sends, edits, and tells who types', async () => {
    const { mirage, ada, bob, roomId, say } = await startRoom(2);
    const { hooks } = loaded;
    let actions!: ReturnType<typeof hooks.useSend>;
    let setDraft!: (text: string) => void;
    function Room({ target }: { target: Target | null }) {
      const { status, items } = hooks.useMessages(target);
      const [draft, set] = hooks.useDraft(target);
      const { typing } = hooks.useTyping(target);
      actions = hooks.useSend(target);
      setDraft = set;
      const texts = items.flatMap((item) => (item.kind === 'message' ? item.text : []));
      return h('p', null, [status, ...texts, draft, ...typing].filter(Boolean).join(' '));
    }
    const chat = openChat(mirage.url, ada);
    const { container, show } = render(loaded, chat, h(Room, { target: null }));
    await shows(container, 'loading');
    expect(await actions.send('into the void').settled).toEqual({ ok: false, discarded: true });

    show(h(Room, { target: { roomId } }));
    await shows(container, 'ready 1 2');
    setDraft('hal');
    await Promise.resolve(); // not a frame later
    expect(container.textContent).toBe('ready 1 2 hal');
    const { settled } = actions.send('3');
    setDraft('');
    await Promise.resolve();
    expect(container.textContent).toBe('ready 1 2 3');
    await settled;
    await say('4');
    await shows(container, 'ready 1 2 3 4');
    const sent = chat
      .conversation({ roomId })
      .messages.getSnapshot()
      .items.find((item) => item.kind === 'message' && item.text === '3');
    await actions.edit(sent?.key ?? '', 'three');
    await shows(container, 'ready 1 2 three 4');
    await bob.client.chat.setTyping.mutate({ roomId, isTyping: true });
    await shows(container, 'ready 1 2 three 4 bob');

    const before = actions;
    actions = { ...before };
    show(h(Room, { target: { roomId } })); // another object that is equal
    await expect.poll(() => actions).toBe(before);
  });

  it('subscribes once in StrictMode, and to nothing that is not shown', async () => {
    const { mirage, ada, roomId } = await startRoom(1);
    const { hooks } = loaded;
    const counts = { pages: 0, rooms: 0, subscriptions: 0 };
    const client = createMirageClient({ url: mirage.url, token: ada.token });
    const counted = { ...client.chat };
    const count = <F extends (...args: never[]) => unknown>(name: keyof typeof counts, call: F) =>
      ((...args) => {
        counts[name] += 1;
        return call(...args);
      }) as F;
    const { history, onRooms, onMessage } = client.chat;
    Object.assign(counted, {
      history: { query: count('pages', history.query) },
      onRooms: { subscribe: count('rooms', onRooms.subscribe) },
      onMessage: { subscribe: count('subscriptions', onMessage.subscribe) },
    });
    const chat = openChat(mirage.url, ada, { client: overlaid(client, counted) });
    const { messages } = chat.conversation({ roomId });
    function Room() {
      const { items } = hooks.useMessages({ roomId });
      hooks.useNews(() => {});
      hooks.useMembers(null);
      return h('p', null, items.length);
    }
    const { container, show } = render(loaded, chat, h(Room), { strict: true });
    await shows(container, '2');
    await until(messages, ({ isStale }) => !isStale);
    // Left, and entered again.
    show(null);
    await shows(container, '');
    show(h(Room));
    await shows(container, '2');
    expect(counts).toEqual({ pages: 1, rooms: 1, subscriptions: 1 });
  });

  it('has lists, windows, presence, search and news', async () => {
    const { mirage, ada, bob, roomId, say } = await startRoom(3);
    const { hooks } = loaded;
    await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'psst' });
    const found = (await ada.client.chat.history.query({ roomId })).messages.find(({ text }) => text === '2');
    const heard: string[] = [];
    let search = '';
    function All({ name }: { name: string }) {
      const { setQuery, items } = hooks.useSearch({ in: { roomId } });
      search = items.map(({ message }) => message.text).join();
      hooks.useNews(({ message }) => heard.push(`${name} ${message.text}`));
      const around = hooks.useMessages({ roomId }, { at: { around: found?.id ?? '' } });
      const online = [...hooks.usePresence(['bob'])].map(([user, isOnline]) => `${user} ${isOnline}`);
      const parts = [
        hooks.useMe(),
        hooks.useRooms().items.map((room) => room.name),
        hooks.usePublicRooms().items.map((room) => room.name),
        hooks.useInbox().items.map(({ peer, unread }) => `${peer.username} ${unread}`),
        hooks.useMembers({ roomId }).items.map(({ username }) => username),
        hooks.useConversation({ roomId }).name,
        hooks.useUnread().messages,
        around.items.length,
        online,
      ];
      return h('button', { onClick: () => setQuery('2') }, parts.join('|'));
    }
    const chat = openChat(mirage.url, ada);
    const { container, show } = render(loaded, chat, h(All, { name: 'first' }), { strict: true });
    await shows(container, 'ada|room|room|bob 1|ada,bob|room|4|4|bob false');
    container.querySelector('button')?.click();
    await expect.poll(() => search).toBe('2');
    show(h(All, { name: 'second' }));
    await say('news');
    // The latest listener, and once.
    await expect.poll(() => heard).toEqual(['second news']);
  });

  it('renders on a server what is loaded, without subscribing, and continues in the browser', async () => {
    const { mirage, ada, roomId, say } = await startRoom(2);
    const { hooks, server, dom } = loaded;
    function Room() {
      const { status, items } = hooks.useMessages({ roomId });
      hooks.useRooms();
      hooks.usePresence(['bob']);
      hooks.useSearch({ in: { roomId } });
      hooks.useNews(() => {});
      return h(
        'p',
        null,
        status,
        items.map((item) => (item.kind === 'message' ? ` ${item.text}` : '')).join(''),
      );
    }
    const tree = (chat: Chat) => h(hooks.ChatProvider, { chat }, h(Room));
    const chat = openChat(mirage.url, ada);
    const page = () => server.renderToString(tree(chat)).replace(/<!-- -->|<[^>]*>/g, '');
    expect(page()).toBe('loading');
    expect(chat.state.getSnapshot().connection).toBe('idle');
    await chat.conversation({ roomId }).messages.load();
    expect(page()).toBe('ready 1 2');

    const container = document.body.appendChild(document.createElement('div'));
    container.innerHTML = server.renderToString(tree(chat));
    const errors: unknown[] = [];
    const root = dom.hydrateRoot(container, tree(chat), {
      onRecoverableError: (error) => errors.push(error),
    });
    onTestFinished(() => root.unmount());
    await say('3');
    await shows(container, 'ready 1 2 3');
    expect(errors).toEqual([]);
  });

  it('says what is missing where there is no provider', () => {
    const { hooks, server } = loaded;
    const Me = () => hooks.useMe();
    expect(() => server.renderToString(h(Me))).toThrow('need a <ChatProvider>');
  });
});

it('renders one row for a new message in a list of 500, and none for typing', async () => {
  const { mirage, ada, bob, roomId, say } = await startRoom();
  await Promise.all(Array.from({ length: 499 }, (_, n) => say(`${n}`)));
  for (const version of both) {
    const loaded = await loadReact(version);
    const {
      hooks,
      react: { createElement: h, memo },
    } = loaded;
    let rows = 0;
    const Row = memo(function Row({ item }: { item: TimelineItem; at: unknown }) {
      rows += 1;
      return h('li', null, item.kind === 'gap' ? '' : item.text);
    });
    function Room() {
      const { items, row } = hooks.useMessages({ roomId });
      const { typing } = hooks.useTyping({ roomId });
      return h(
        'ol',
        { title: typing.join() },
        items.map((item) => h(Row, { key: item.key, item, at: row(item.key) })),
      );
    }
    const chat = openChat(mirage.url, ada, { limits: { pageSize: 200, windowSize: 600 } });
    const { messages } = chat.conversation({ roomId });
    watch(messages);
    await until(messages, ({ status, isStale }) => status === 'ready' && !isStale);
    const { container } = render(loaded, chat, h(Room));
    const count = () => container.querySelectorAll('li').length;
    while (messages.getSnapshot().older !== 'end') {
      messages.loadOlder();
      await until(messages, ({ older }) => older !== 'loading');
      await expect.poll(() => count()).toBe(messages.getSnapshot().items.length);
    }
    const before = count();
    expect(before).toBeGreaterThanOrEqual(500); // one of them tells who has joined
    rows = 0;
    await say(`new in ${version}`);
    await expect.poll(() => container.querySelector('li:last-child')?.textContent).toBe(`new in ${version}`);
    expect([rows, count()]).toEqual([1, before + 1]);
    await bob.client.chat.setTyping.mutate({ roomId, isTyping: true });
    await expect.poll(() => container.querySelector('ol')?.title).toBe('bob');
    expect(rows).toBe(1);
  }
}, 60_000);
