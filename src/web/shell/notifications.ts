import { now } from '../clock.ts';
import { plainText } from '../formatting/formatting.ts';
import { isSamePlace, navigate, parseRoute, type Route } from '../route.ts';
import { textOrNames } from '../state/attachments.ts';
import { isMuted } from '../state/conversations.ts';
import { compareIds } from '../state/message-ids.ts';
import { findRoom } from '../state/room-lists.ts';
import { roomKey } from '../state/seen.ts';
import type { News, Session } from '../state/session.ts';
import { onStorage, read, write } from '../state/storage.ts';
import { createStore, type Store } from '../state/store.ts';
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

/**
 * Notifies of messages whose conversation is not in view. A notification is closed when its message is read or deleted,
 * here or elsewhere. Returns a function that stops and closes open notifications.
 */
export function startNotifying(session: Session): () => void {
  /** By tag: a later notification replaces an earlier one. */
  const shown = new Map<string, { notification: Notification; news: News }>();
  const stopShowing = session.onNews((news) => {
    if (store.get() !== 'on' || isSilenced(session, news) || !isPending(session, news)) return;
    const { route, title, body } = describe(session, news);
    if (isVisible() && isSamePlace(parseRoute(location.hash), route)) return;
    const tag = JSON.stringify(route);
    const notification = show(title, { body: plainText(body).slice(0, 200), tag });
    if (!notification) return;
    shown.set(tag, { notification, news });
    notification.onclick = () => {
      window.focus();
      navigate(route);
      notification.close();
    };
  });

  function closeOutdated(): void {
    for (const [tag, { notification, news }] of shown) {
      if (isPending(session, news)) continue;
      notification.close();
      shown.delete(tag);
    }
  }
  const stops = [
    stopShowing,
    session.seen.subscribe(closeOutdated),
    session.inbox.subscribe(closeOutdated),
    session.inbox.threads.subscribe(closeOutdated),
    session.queries.getQueryCache().subscribe(closeOutdated),
  ];
  return () => {
    for (const stop of stops) stop();
    for (const { notification } of shown.values()) notification.close();
  };
}

/** Muted, or written by a user who is blocked. */
function isSilenced({ inbox, queries }: Session, news: News): boolean {
  const { blocked, conversations } = inbox.get();
  if ('inbox' in news) return isMuted(conversations.get(news.inbox.sender), now());
  return blocked.has(news.room.username) || isMuted(findRoom(queries, news.room.roomId), now());
}

/** Whether the message is still there and has not been read. */
function isPending({ seen, inbox, queries }: Session, news: News): boolean {
  if ('room' in news) {
    const { roomId, id } = news.room;
    const seenId = seen.get().get(roomKey(roomId));
    return findRoom(queries, roomId) !== undefined && (seenId === undefined || compareIds(id, seenId) > 0);
  }
  const { sender, id } = news.inbox;
  const { conversations, seen: seenInInbox } = inbox.get();
  const readUpTo = conversations.get(sender)?.readUpTo ?? 0;
  return !inbox.threads.isGone(id) && id > Math.max(readUpTo, seenInInbox.get(sender) ?? 0);
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

function describe({ queries }: Session, news: News): { route: Route; title: string; body: string } {
  if ('inbox' in news) {
    const { sender } = news.inbox;
    return {
      route: { page: 'inbox', peer: sender },
      title: text.notifications.inbox(sender),
      body: textOrNames(news.inbox),
    };
  }
  const { roomId, username, text: body } = news.room;
  return {
    route: { page: 'rooms', roomId },
    title: text.notifications.room(username, findRoom(queries, roomId)?.name ?? ''),
    body,
  };
}
