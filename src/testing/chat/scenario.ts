import {
  type Chat,
  type ChatOptions,
  type Conversation,
  type Locks,
  type Message,
  memoryStorage,
  type Target,
  type TimelineItem,
  type TimelineSnapshot,
} from '../../client/chat/index.ts';
import { simulatedClock } from './simulated-clock.ts';
import {
  type ConversationName,
  conversationNames,
  createSimulatedServer,
  otherName,
  refusal,
  userName,
} from './simulated-server.ts';

/** What a chat under test is made with; `createChat` takes it as it is. */
export type ChatWorld = ChatOptions &
  Required<Pick<ChatOptions, 'username' | 'storage' | 'clock' | 'attention' | 'limits'>>;

/** Something that happens. What the numbers mean depends on what it is. */
export interface Step {
  /** What happens. */
  do: (typeof stepNames)[number];
  /** In which window, if that matters. */
  window: 0 | 1;
  /** In which conversation. */
  at: 'kept' | 'ephemeral' | 'peer';
  /** Which one of several. */
  pick: number;
}

/** What can happen; the more often it is named, the more often it does. */
export const stepNames = [
  'say',
  'sayElsewhere',
  'send',
  'send',
  'editElsewhere',
  'removeElsewhere',
  'reactElsewhere',
  'edit',
  'remove',
  'react',
  'watch',
  'watch',
  'unwatch',
  'rewatch',
  'overtake',
  'older',
  'newer',
  'toLive',
  'seen',
  'seen',
  'focus',
  'serve',
  'answer',
  'answer',
  'answer',
  'lose',
  'refuse',
  'deliver',
  'deliver',
  'deliver',
  'cut',
  'heal',
  'gap',
  'tick',
  'reload',
  'typing',
  'breakStorage',
  'read',
] as const;

export const targets: Record<ConversationName, Target> = {
  kept: { roomId: 1 },
  ephemeral: { roomId: 2 },
  peer: { peer: otherName },
};

const limits = { pageSize: 4, windowSize: 12, graceMs: 10_000 };
const lookMs = 500;

/** What one window of the user shows of one conversation, and has shown. */
interface View {
  conversation: Conversation;
  stop: (() => void) | undefined;
  isTold: boolean;
  last: TimelineSnapshot;
  /** By key. */
  ids: Map<string, string>;
  /** Ids of messages that were shown, and are not since they were deleted. */
  gone: Set<string>;
  /** By id: when the text that was shown last had been edited. */
  edited: Map<string, string>;
  /** The message that was reported as visible, and the newest that was looked at for long enough. */
  visible: number;
  looked: number;
}

interface Sent {
  at: ConversationName;
  key: string;
  /** The window that showed it; -1 for one that is gone. */
  window: number;
  isDropped: boolean;
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const idOf = ({ id }: Message) => (id === null ? null : Number(id.split('-')[0]));
const isMessage = (item: TimelineItem): item is Message => item.kind !== 'gap';

function demand(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new Error(what);
}

function simulatedLocks(): Locks {
  const queues = new Map<string, Promise<unknown>>();
  return {
    request(name, callback) {
      const next = (queues.get(name) ?? Promise.resolve()).then(callback);
      queues.set(name, next);
      return next;
    },
  };
}

/** Runs the steps with two windows of one user, and looks after each of them whether all is as it must be. Rejects if it is not. */
export async function runScenario(
  createSubject: (world: ChatWorld) => Chat | Promise<Chat>,
  steps: readonly Step[],
): Promise<void> {
  const clock = simulatedClock();
  const server = createSimulatedServer(clock);
  const kept = memoryStorage();
  const locks = simulatedLocks();
  const watchers = new Set<() => void>();
  let isStorageBroken = false;
  let isFocused = true;
  let focusedSince = clock.now();
  let typedAt = Number.NEGATIVE_INFINITY;
  const attention = {
    getSnapshot: () => isFocused,
    subscribe(listener: () => void) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
  };
  const storage = {
    list: (prefix: string) => kept.list(prefix),
    write: (changes: ReadonlyMap<string, unknown>) =>
      isStorageBroken ? Promise.reject(new Error('the storage is full')) : kept.write(changes),
  };
  const chats: Chat[] = [];
  const views: Record<ConversationName, View>[] = [];
  const sent: Sent[] = [];
  const gone = new Map<ConversationName, Set<string>>(conversationNames.map((name) => [name, new Set()]));
  let clients = 0;

  async function open(window: number): Promise<void> {
    const client = server.clientOf(clients);
    clients += 1;
    clientOf[window] = clients - 1;
    const chat = await createSubject({
      client,
      username: userName,
      storage,
      locks,
      attention,
      clock,
      limits,
    });
    chats[window] = chat;
    views[window] = Object.fromEntries(
      conversationNames.map((name) => {
        const conversation = chat.conversation(targets[name]);
        const view: View = {
          conversation,
          stop: undefined,
          isTold: false,
          last: conversation.messages.getSnapshot(),
          ids: new Map(),
          gone: new Set(),
          edited: new Map(),
          visible: 0,
          looked: 0,
        };
        return [name, view];
      }),
    ) as Record<ConversationName, View>; // safe: made of these names
  }
  const clientOf: number[] = [];

  function watch(view: View): void {
    if (view.stop) return;
    const { messages, typing } = view.conversation;
    const stops = [
      messages.subscribe(() => {
        view.isTold = true;
      }),
      typing.subscribe(() => {}),
    ];
    view.stop = () => {
      for (const stop of stops) stop();
      view.stop = undefined;
    };
  }

  const delivered = (view: View) =>
    view.conversation.messages
      .getSnapshot()
      .items.filter(isMessage)
      .filter(({ id }) => id !== null);

  async function act({ do: what, window, at, pick }: Step): Promise<void> {
    const view = views[window]?.[at];
    const chat = chats[window];
    if (!view || !chat) return;
    const conversation = server.stored[at];
    const { messages } = view.conversation;
    const ids = [...conversation.messages.keys()];
    const id = ids[pick % Math.max(1, ids.length)];
    const call = server.calls[pick % Math.max(1, server.calls.length)];
    const own = delivered(view).filter(({ isOwn }) => isOwn);
    const key = own[pick % Math.max(1, own.length)]?.key;
    switch (what) {
      case 'say':
        server.send(at, otherName, 'hello');
        break;
      case 'sayElsewhere':
        server.send(at, userName, 'ok');
        break;
      case 'send': {
        const { key } = view.conversation.send('ok');
        view.looked = Math.max(view.looked, view.visible);
        sent.push({ at, key, window, isDropped: false });
        const { items } = messages.getSnapshot();
        demand(!view.stop || items.some((item) => item.key === key), 'what is sent is not shown at once');
        break;
      }
      case 'editElsewhere':
        if (id !== undefined) server.edit(at, id, `edited ${conversation.messages.get(id)?.edits}`);
        break;
      case 'removeElsewhere':
        if (id !== undefined) server.remove(at, id);
        break;
      case 'reactElsewhere':
        if (id !== undefined) server.react(at, id, otherName, pick % 2 === 0);
        break;
      case 'edit':
        if (key !== undefined) view.conversation.edit(key, `mine ${pick}`).catch(() => {});
        break;
      case 'remove':
        if (key !== undefined) view.conversation.remove(key).catch(() => {});
        break;
      case 'react':
        if (key !== undefined) view.conversation.react(key, '👍').catch(() => {});
        break;
      case 'watch':
        watch(view);
        break;
      case 'unwatch':
        view.stop?.();
        break;
      case 'rewatch': {
        const before = [...server.subscriptions];
        if (!view.stop) break;
        view.stop();
        watch(view);
        const after = [...server.subscriptions];
        demand(
          before.every((each, index) => each === after[index]),
          'watching again at once subscribes again',
        );
        break;
      }
      case 'overtake':
        await overtake(view, { window, at, isRead: pick % 2 === 0 });
        break;
      case 'older':
        messages.loadOlder();
        break;
      case 'newer':
        messages.loadNewer();
        break;
      case 'toLive':
        messages.toLive();
        break;
      case 'seen': {
        const item = delivered(view).at(-1 - (pick % 3));
        messages.seen(item?.key ?? null);
        view.visible = item ? (idOf(item) ?? 0) : 0;
        break;
      }
      case 'focus':
        isFocused = !isFocused;
        focusedSince = clock.now();
        for (const watcher of [...watchers]) watcher();
        break;
      case 'serve':
        if (call) server.serve(call);
        break;
      case 'answer':
        if (call && server.isOpen(call.window)) answer(call);
        break;
      case 'lose':
        if (call && pick % 2 === 0) server.serve(call);
        if (call) server.lose(call);
        break;
      case 'refuse':
        if (call && !call.outcome) server.refuse(call, refusal('TOO_MANY_REQUESTS', 1000 * (pick % 3)));
        break;
      case 'deliver':
        deliver(pick);
        break;
      case 'cut':
        server.cut(clientOf[window] ?? 0);
        break;
      case 'heal':
        server.heal(clientOf[window] ?? 0, { repeat: pick % 3 });
        break;
      case 'gap':
        server.cut(clientOf[window] ?? 0);
        server.heal(clientOf[window] ?? 0, { isGap: true });
        break;
      case 'tick':
        await tick([100, 700, 3000, 12_000][pick % 4] ?? 0);
        break;
      case 'reload':
        await reload(window);
        break;
      case 'typing':
        server.typing(pick % 2 === 0);
        if (pick % 2 === 0) typedAt = clock.now();
        break;
      case 'breakStorage':
        isStorageBroken = pick % 4 === 0;
        break;
      case 'read':
        server.receipt(pick);
        break;
    }
  }

  /**
   * An older page and an event of a message in it: the event comes while the page is under way, or it was read before the page, which
   * arrives earlier.
   */
  async function overtake(
    view: View,
    { window, at, isRead }: { window: number; at: ConversationName; isRead: boolean },
  ): Promise<void> {
    const { messages } = view.conversation;
    const first = delivered(view)[0];
    const id = [...server.stored[at].messages.keys()]
      .filter((each) => each < (first ? (idOf(first) ?? 0) : 0))
      .at(-1);
    const own = clientOf[window] ?? -1;
    if (!view.stop || id === undefined || messages.getSnapshot().older !== 'more' || !server.isOpen(own))
      return;
    const subscriptions = [...server.subscriptions].filter((each) => each.window === own);
    if (!isRead) {
      server.edit(at, id, 'edited');
      for (const subscription of subscriptions) while (server.read(subscription));
      server.edit(at, id, 'edited again');
    }
    messages.loadOlder();
    await settle();
    const call = server.calls.findLast((each) => each.window === own && each.input.before !== undefined);
    if (!call) return;
    server.serve(call);
    if (isRead) {
      server.remove(at, id);
      for (const subscription of subscriptions) while (server.emit(subscription));
    }
    await check();
    answer(call);
    await settle();
    await check();
    for (const subscription of subscriptions)
      if (server.subscriptions.has(subscription)) server.emit(subscription);
  }

  function answer(call: (typeof server.calls)[number]): void {
    server.answer(call);
    noteGone();
  }

  function deliver(pick: number): void {
    const open = [...server.subscriptions].filter(({ window }) => server.isOpen(window));
    const subscription = open[pick % Math.max(1, open.length)];
    if (!subscription) return;
    // Some are read long before they arrive.
    if (pick % 5 === 0) for (let count = 0; count < 3; count += 1) server.read(subscription);
    else for (let count = 0; count <= pick % 4; count += 1) server.emit(subscription);
  }

  async function tick(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(Math.min(100, ms - passed));
      look();
      await settle();
    }
  }

  /** What may be marked as read: what was visible and looked at. */
  function look(): void {
    if (!isFocused) return;
    for (const each of views)
      for (const view of Object.values(each))
        if (view.visible > 0 && clock.now() - focusedSince >= lookMs)
          view.looked = Math.max(view.looked, view.visible);
  }

  const marked = new Map<string, number>();
  const lookedBefore = new Map<string, number>();

  async function reload(window: number): Promise<void> {
    const entries = chats[window]?.outbox.getSnapshot() ?? [];
    for (const one of sent) {
      if (one.window !== window) continue;
      const entry = entries.find(({ key }) => key === one.key);
      if (entry && !entry.isStored) one.isDropped = true;
      one.window = -1;
    }
    for (const name of conversationNames) {
      const view = views[window]?.[name];
      view?.stop?.();
      // A mark that was not told yet is stored, and told by the next page.
      lookedBefore.set(name, Math.max(lookedBefore.get(name) ?? 0, view?.looked ?? 0));
    }
    await chats[window]?.close();
    // Its calls are answered to nobody.
    for (const call of server.calls.filter((each) => each.window === clientOf[window])) server.lose(call);
    await open(window);
  }

  /** Names of messages that were deleted, which are not to be shown as undelivered for ever. */
  function noteGone(): void {
    for (const name of conversationNames)
      for (const clientId of server.stored[name].gone) gone.get(name)?.add(clientId);
  }

  function checkView(window: number, at: ConversationName, view: View): void {
    const where = `window ${window}, ${at}`;
    const { messages, typing } = view.conversation;
    const snapshot = messages.getSnapshot();
    const { items } = snapshot;
    demand(messages.getSnapshot() === snapshot, `${where}: two snapshots in a row are not the same`);
    if (view.stop) {
      demand(view.isTold || snapshot === view.last, `${where}: has changed, and nobody was told`);
      const before = new Map(view.last.items.map((item) => [item.key, item]));
      for (const item of items) {
        const known = before.get(item.key);
        if (known && known !== item)
          demand(
            JSON.stringify(known) !== JSON.stringify(item),
            `${where}: ${item.key} is another object though nothing has changed`,
          );
      }
    }
    const spoken = items.filter(isMessage);
    const keys = items.map(({ key }) => key);
    demand(new Set(keys).size === keys.length, `${where}: a message is shown twice: ${keys}`);
    const ids = spoken.flatMap((item) => idOf(item) ?? []);
    demand(
      ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0)),
      `${where}: not in the server's order: ${ids}`,
    );
    const firstUndelivered = spoken.findIndex(({ id }) => id === null);
    demand(
      firstUndelivered < 0 || spoken.slice(firstUndelivered).every(({ id }) => id === null),
      `${where}: an undelivered message is not last`,
    );
    for (const { key, id, text, editedAt, isOwn, pending } of spoken) {
      if (id === null) continue;
      demand((view.ids.get(key) ?? id) === id, `${where}: the key ${key} stands for another message`);
      view.ids.set(key, id);
      const version = editedAt ?? '';
      demand((view.edited.get(id) ?? '') <= version, `${where}: ${id} shows an older text again`);
      view.edited.set(id, version);
      demand(!isOwn || text !== '' || pending !== null, `${where}: ${id} is empty`);
    }
    const idsNow = new Set(spoken.map(({ id }) => id));
    for (const id of view.edited.keys()) {
      const isDeleted = !server.stored[at].messages.has(Number(id.split('-')[0]));
      if (isDeleted && !idsNow.has(id)) view.gone.add(id);
      else demand(!isDeleted || !view.gone.has(id), `${where}: ${id} is back though it was deleted`);
    }
    for (const one of sent) {
      if (one.window !== window || one.at !== at || one.isDropped || !view.stop) continue;
      const count = keys.filter((key) => key === one.key).length;
      const stored = [...server.stored[at].messages.values()].find(({ clientId }) => clientId === one.key);
      const isOut =
        gone.get(at)?.has(one.key) ||
        (stored && snapshot.newer !== 'end') ||
        (stored && stored.id < (ids[0] ?? 0));
      const wasEvicted =
        at === 'ephemeral' && !stored && server.stored[at].log.some(({ type }) => type === 'message');
      if (!isOut && !wasEvicted)
        demand(count === 1, `${where}: ${one.key}, sent here, is shown ${count} times`);
    }
    const names = typing.getSnapshot();
    demand(!names.includes(userName), `${where}: the user is shown as typing`);
    demand(
      names.length === 0 || clock.now() - typedAt <= 7100,
      `${where}: somebody has been typing for too long`,
    );
    view.last = snapshot;
    view.isTold = false;
  }

  function checkMarks(): void {
    for (const { path, input, window } of server.marks.splice(0)) {
      const at = path === 'inbox.markRead' ? 'peer' : input.roomId === 1 ? 'kept' : 'ephemeral';
      const upTo = Number(String(input.upTo).split('-')[0]);
      const key = `${window} ${at}`;
      demand((marked.get(key) ?? 0) <= upTo, `a read mark of ${at} goes back to ${upTo}`);
      marked.set(key, upTo);
      const looked = Math.max(lookedBefore.get(at) ?? 0, ...views.map((each) => each[at].looked));
      demand(upTo <= looked, `${at} is marked as read up to ${upTo}, and was looked at up to ${looked}`);
    }
  }

  async function check(): Promise<void> {
    clock.advance(16);
    look();
    await settle();
    clock.advance(16);
    look();
    noteGone();
    checkMarks();
    for (const [window, each] of views.entries())
      for (const [at, view] of Object.entries(each)) checkView(window, at as ConversationName, view);
    for (const name of conversationNames) {
      const named = [...server.stored[name].messages.values()].flatMap(({ clientId }) => clientId ?? []);
      demand(new Set(named).size === named.length, `${name} has a message twice`);
      const isSent = named.every((clientId) => sent.some(({ key }) => key === clientId));
      demand(isSent, `${name} has a message under a name that nobody gave it`);
    }
    for (const window of clientOf) {
      const count = (path: string) =>
        [...server.subscriptions].filter((each) => each.window === window && each.path === path).length;
      for (const path of ['chat.onRooms', 'inbox.onMessage'])
        demand(count(path) <= 1, `${path} is subscribed to twice`);
      demand(count('chat.onMessage') <= 2, 'a room is subscribed to twice');
      const pages = server.calls.filter(
        (call) => call.window === window && call.path === 'chat.history' && call.input.roomId === 1,
      );
      demand(pages.length <= 3, `${pages.length} pages of a room are being read at a time`);
    }
  }

  /** Everything arrives. */
  async function rest(): Promise<void> {
    isStorageBroken = false;
    for (let quiet = 0, turn = 0; quiet < 4; turn += 1) {
      demand(turn < 2000, 'it never comes to rest');
      for (const window of clientOf) server.heal(window);
      let isBusy: boolean = server.calls.length > 0;
      while (server.calls[0]) answer(server.calls[0]);
      await settle();
      for (const subscription of [...server.subscriptions]) while (server.emit(subscription)) isBusy = true;
      await settle();
      clock.advance(quiet === 0 ? 300 : 11_000);
      await settle();
      await check();
      quiet = isBusy ? 0 : quiet + 1;
    }
  }

  async function checkAtRest(): Promise<void> {
    for (const each of views) for (const view of Object.values(each)) watch(view);
    const stops = chats.map((chat) => chat.unread.subscribe(() => {}));
    await rest();
    for (const [window, chat] of chats.entries()) {
      for (const at of conversationNames) {
        const { messages } = views[window]?.[at].conversation ?? {};
        messages?.toLive();
        await check();
        await rest();
        const snapshot = messages?.getSnapshot();
        if (!snapshot) continue;
        const where = `at rest, window ${window}, ${at}`;
        demand(
          snapshot.status === 'ready' && snapshot.newer === 'end',
          `${where}: is ${snapshot.status}, newer: ${snapshot.newer}`,
        );
        const all = [...server.stored[at].messages.values()];
        const shown = snapshot.items.filter(isMessage).filter(({ id }) => id !== null);
        const first = Math.max(
          shown[0] && snapshot.older !== 'end' ? (idOf(shown[0]) ?? 0) : 0,
          at === 'ephemeral' ? (all[0]?.id ?? Number.POSITIVE_INFINITY) : 0,
        );
        const expected = all
          .filter(({ id }) => id >= first)
          .map(({ id, text, users }) => `${id} ${text} ${users}`);
        const found = shown
          .filter((item) => (idOf(item) ?? 0) >= first)
          .map((item) => `${idOf(item)} ${item.text} ${item.reactions.flatMap(({ users }) => users)}`);
        demand(
          JSON.stringify(found) === JSON.stringify(expected),
          `${where}: shows ${JSON.stringify(found)}, and the server has ${JSON.stringify(expected)}`,
        );
      }
      const unread = conversationNames.reduce((sum, name) => sum + server.unreadOf(server.stored[name]), 0);
      demand(
        chat.unread.getSnapshot().messages === unread,
        `at rest ${chat.unread.getSnapshot().messages} are unread, and the server says ${unread}`,
      );
    }
    const waiting = new Set(
      chats.flatMap((chat) => chat.outbox.getSnapshot().map(({ key, status }) => `${status} ${key}`)),
    );
    for (const { key, at, isDropped } of sent) {
      const stored = [...server.stored[at].messages.values()].some(({ clientId }) => clientId === key);
      const isKnown = stored || server.stored[at].gone.has(key) || waiting.has(`failed ${key}`);
      demand(
        isDropped || isKnown || at === 'ephemeral',
        `${key} was neither delivered nor is it shown as failed`,
      );
      demand(
        !waiting.has(`queued ${key}`) && !waiting.has(`sending ${key}`),
        `${key} is still on its way at rest`,
      );
    }
    for (const stop of stops) stop();
  }

  async function checkEnd(): Promise<void> {
    for (const each of views) for (const view of Object.values(each)) view.stop?.();
    // Unsent, so that there is something to forget.
    const [first, second] = chats;
    server.cut(clientOf[0] ?? 0);
    views[0]?.kept.conversation.send('unsent');
    await settle();
    await first?.close({ forget: true });
    await second?.close();
    server.close();
    await settle();
    const left = [...(await kept.list('')).keys()];
    demand(left.length === 0, `after logging out there is still ${left}`);
    demand(server.subscriptions.size === 0, 'a closed chat is still subscribed');
    demand(clock.pending === 0, `a closed chat has ${clock.pending} timers`);
  }

  await open(0);
  await open(1);
  await settle();
  for (const step of steps) {
    await act(step);
    await settle();
    await check();
  }
  await checkAtRest();
  await checkEnd();
}
