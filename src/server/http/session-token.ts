import type { IncomingMessage } from 'node:http';
import { tokenOf } from '../api/context.ts';
import { isSameOrigin, type OriginSettings } from './same-origin.ts';

export const cookieName = 'mirage_session';

/** The token of a request: from `Authorization`, or else from the cookie if the request is same-origin. */
export function tokenOfRequest(req: IncomingMessage, settings: OriginSettings): string | undefined {
  const { authorization, cookie } = req.headers;
  const token = tokenOf(authorization);
  if (token !== undefined || cookie === undefined || !isSameOrigin(req, settings)) return token;
  return readCookie(req, cookieName);
}

export function readCookie({ headers }: IncomingMessage, name: string): string | undefined {
  return headers.cookie
    ?.split('; ')
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}
