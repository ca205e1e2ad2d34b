import type { Chat, News } from '../../client/chat/index.ts';
import { compareIds } from '../conversation/compare-ids.ts';
import { plainText } from '../formatting/formatting.ts';
import { isSamePlace, navigate, parseRoute, type Route } from '../route.ts';
import { onStorage, read, write } from '../storage.ts';
import { createStore, type Store } from '../store.ts';
import { text } from '../text.ts';
import { isVisible } from '../ui/visibility.ts';

const key = 'mirage.notify';

/** `off` until the user enables them; `denied` when the browser blocks them. */
export type NotificationState = 'unavailable' | 'off' | 'on' | 'denied';

const store = createStore<NotificationState>(currentState());
onStorage(key, () => store.set(currentState()));

export const notificationState: Store<NotificationState> = store;

export async function setNotifications(isWanted: boolean): Promise<void> {
  write(key, isWanted ? 'on' : undefined);
  if (isWanted && 'Notification' in globalThis) await Notification.requestPermission();
  store.set(currentState());
}

function currentState(): NotificationState {
  if (!('Notification' in globalThis)) return 'unavailable';
  if (read(key) !== 'on') return 'off';
  return Notification.permission === 'granted' ? 'on' : 'denied';
}

interface Shown {
  news: News;
  notification: Notification;
  /** Whether the list has told of the message. Only from then on it can tell that the message is gone. */
  isListed: boolean;
}

/**
 * Notifies of messages whose conversation is not in view. A notification is closed when its message is read or deleted,
 * here or elsewhere. Returns a function that stops and closes open notifications.
 */
export function startNotifying(chat: Chat): () => void {
  /** By tag: a later notification replaces an earlier one. */
  const shown = new Map<string, Shown>();

  function notify(news: News): void {
    if (store.get() !== 'on' || news.isMuted || news.isBeingRead || isBlocked(chat, news)) return;
    const { route, title } = describe(chat, news);
    if (isVisible() && isSamePlace(parseRoute(location.hash), route)) return;
    const tag = JSON.stringify(route);
    const notification = show(title, { body: plainText(news.message.text).slice(0, 200), tag });
    if (!notification) return;
    shown.set(tag, { notification, news, isListed: false });
    notification.onclick = () => {
      window.focus();
      navigate(route);
      notification.close();
    };
  }

  function closeOutdated(): void {
    for (const [tag, one] of shown) {
      if (isPending(chat, one)) continue;
      one.notification.close();
      shown.delete(tag);
    }
  }

  const stops = [
    chat.onNews(notify),
    chat.rooms.subscribe(closeOutdated),
    chat.inbox.subscribe(closeOutdated),
    chat.blocked.subscribe(() => {}),
  ];
  return () => {
    for (const stop of stops) stop();
    for (const { notification } of shown.values()) notification.close();
  };
}

/** In rooms one meets users whom one has blocked. */
const isBlocked = ({ blocked }: Chat, { target, message }: News): boolean =>
  'roomId' in target && blocked.getSnapshot().items.includes(message.author);

/** The room or conversation, as its list shows it. */
const find = ({ rooms, inbox }: Chat, { target }: News) =>
  'roomId' in target
    ? rooms.getSnapshot().items.find(({ id }) => id === target.roomId)
    : inbox.getSnapshot().items.find(({ peer }) => peer.username === target.peer);

/** Whether the message is still there and has not been read. */
function isPending(chat: Chat, shown: Shown): boolean {
  const { id } = shown.news.message;
  const known = find(chat, shown.news);
  if (!known?.lastMessage || compareIds(String(known.lastMessage.id), id) < 0) return !shown.isListed;
  shown.isListed = true;
  return compareIds(String(known.readUpTo), id) < 0;
}

/** Mobile browsers throw here, because they allow notifications only for installed apps. */
function show(title: string, options: NotificationOptions): Notification | undefined {
  try {
    return new Notification(title, options);
  } catch {
    store.set('unavailable');
    return undefined;
  }
}

function describe(chat: Chat, news: News): { route: Route; title: string } {
  const { target, message } = news;
  if ('peer' in target)
    return { route: { page: 'inbox', peer: target.peer }, title: text.notifications.inbox(target.peer) };
  const room = find(chat, news);
  return {
    route: { page: 'rooms', roomId: target.roomId },
    title: text.notifications.room(message.author, room && 'name' in room ? room.name : ''),
  };
}
