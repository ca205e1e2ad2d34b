import { useSyncExternalStore } from 'react';

/** What is looked at. It lives behind the `#` of the address, which no server and no log gets to see. */
export type Route =
  | { page: 'rooms'; roomId?: number }
  | { page: 'inbox'; peer?: string }
  | { page: 'settings' };

export function hrefOf(route: Route): string {
  if (route.page === 'rooms') return route.roomId === undefined ? '#/rooms' : `#/rooms/${route.roomId}`;
  if (route.page === 'inbox')
    return route.peer === undefined ? '#/inbox' : `#/inbox/${encodeURIComponent(route.peer)}`;
  return '#/settings';
}

/** Whatever makes no sense leads to the rooms. */
export function parseRoute(hash: string): Route {
  const [, page = '', rest] = hash.split('/', 3);
  if (page === 'settings') return { page };
  if (page === 'inbox') {
    const peer = decode(rest ?? '');
    return peer === '' ? { page } : { page, peer };
  }
  return rest && /^[1-9]\d{0,9}$/.test(rest) ? { page: 'rooms', roomId: Number(rest) } : { page: 'rooms' };
}

export function navigate(route: Route): void {
  location.hash = hrefOf(route);
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(onHashChange, () => location.hash));
}

function onHashChange(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
