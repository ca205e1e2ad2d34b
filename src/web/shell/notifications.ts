import { navigate, parseRoute, type Route } from '../route.ts';
import type { News, Session } from '../state/session.ts';
import { read, write } from '../state/storage.ts';
import { createStore, type Store } from '../state/store.ts';
import { text } from '../text.ts';
import { isVisible } from '../ui/visibility.ts';

const key = 'mirage.notify';

/** `off` until the reader asks for them; `denied` when the browser says no. */
export type NotificationState = 'unavailable' | 'off' | 'on' | 'denied';

const store = createStore<NotificationState>(currentState());

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

/** Tells of what comes while its conversation is not before the reader's eyes. What is still shown at the end goes. */
export function startNotifying(session: Session, nameOfRoom: (roomId: number) => string): () => void {
  /** By their tag, as a later one takes the place of an earlier one. */
  const shown = new Map<string, Notification>();
  const stop = session.onNews((news) => {
    if (store.get() !== 'on') return;
    const { route, title, body } = describe(news, nameOfRoom);
    if (isVisible() && isSame(parseRoute(location.hash), route)) return;
    const tag = JSON.stringify(route);
    const notification = show(title, { body: body.slice(0, 200), tag });
    if (!notification) return;
    shown.set(tag, notification);
    notification.onclick = () => {
      window.focus();
      navigate(route);
      notification.close();
    };
  });
  return () => {
    stop();
    for (const notification of shown.values()) notification.close();
  };
}

/** Some browsers, those of phones, have notifications for installed apps alone; they say so only when asked for one. */
function show(title: string, options: NotificationOptions): Notification | undefined {
  try {
    return new Notification(title, options);
  } catch {
    store.set('unavailable');
    return undefined;
  }
}

function describe(
  news: News,
  nameOfRoom: (roomId: number) => string,
): { route: Route; title: string; body: string } {
  if ('inbox' in news) {
    const { sender, text: body } = news.inbox;
    return { route: { page: 'inbox', peer: sender }, title: text.notifications.inbox(sender), body };
  }
  const { roomId, username, text: body } = news.room;
  return {
    route: { page: 'rooms', roomId },
    title: text.notifications.room(username, nameOfRoom(roomId)),
    body,
  };
}

const isSame = (a: Route, b: Route) => JSON.stringify(a) === JSON.stringify(b);
