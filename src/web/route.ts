import { useSyncExternalStore } from 'react';
import { afterClosedDialogs, dialogDepth } from './dialog-history.ts';

/** The current page, kept in the URL fragment so that it never reaches the server or its logs. */
export type Route =
  /** `messageId`: the message to show. */
  | { page: 'rooms'; roomId?: number; messageId?: string }
  | { page: 'inbox'; peer?: string; messageId?: number }
  | { page: 'settings' }
  /** The invitation to a room. */
  | { page: 'invite'; code: string }
  /** Where a log-in with another service comes back to. */
  | { page: 'oidc' }
  /** The links of mails. */
  | { page: 'verify' | 'reset'; token: string };

export function hrefOf(route: Route): string {
  if (route.page === 'rooms') {
    const { roomId, messageId } = route;
    if (roomId === undefined) return '#/rooms';
    return messageId === undefined ? `#/rooms/${roomId}` : `#/rooms/${roomId}/${messageId}`;
  }
  if (route.page === 'inbox') {
    const { peer, messageId } = route;
    if (peer === undefined) return '#/inbox';
    const conversation = `#/inbox/${encodeURIComponent(peer)}`;
    return messageId === undefined ? conversation : `${conversation}/${messageId}`;
  }
  if (route.page === 'invite') return `#/invite/${route.code}`;
  if ('token' in route) return `#/${route.page}/${route.token}`;
  return `#/${route.page}`;
}

/** Invalid routes lead to the rooms. */
export function parseRoute(hash: string): Route {
  const [, page = '', rest, message] = hash.split('/', 4);
  if (page === 'settings' || page === 'oidc') return { page };
  if (page === 'invite' && /^[\w-]{1,100}$/.test(rest ?? '')) return { page, code: rest ?? '' };
  if ((page === 'verify' || page === 'reset') && /^[\w-]{1,100}$/.test(rest ?? ''))
    return { page, token: rest ?? '' };
  if (page === 'inbox') {
    const peer = decode(rest ?? '');
    const messageId = parseId(message);
    if (peer === '') return { page };
    return messageId === undefined ? { page, peer } : { page, peer, messageId };
  }
  const roomId = parseId(rest);
  if (roomId === undefined) return { page: 'rooms' };
  return /^\d{1,15}-\d{1,15}$/.test(message ?? '')
    ? { page: 'rooms', roomId, messageId: message ?? '' }
    : { page: 'rooms', roomId };
}

const parseId = (text: string | undefined): number | undefined =>
  text && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;

/** Whether two routes lead to the same screen, wherever in it. */
export const isSamePlace = (a: Route, b: Route): boolean => placeOf(a) === placeOf(b);

function placeOf(route: Route): string {
  if (!('messageId' in route)) return hrefOf(route);
  const { messageId: _, ...place } = route;
  return hrefOf(place);
}

/** Opens a page. The history entry of an open dialog is replaced. */
export function navigate(route: Route): void {
  afterClosedDialogs(() => {
    if (dialogDepth() > 0) location.replace(hrefOf(route));
    else location.hash = hrefOf(route);
  });
}

/** Gives the page that is open another address. */
export function readdress(route: Route): void {
  history.replaceState(history.state, '', hrefOf(route));
  dispatchEvent(new Event('hashchange')); // which the browser does not send for it
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
