import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestedHost } from '../core/address.ts';
import type { Config } from '../core/config.ts';
import { sendJson } from './reply.ts';

export type OriginSettings = Pick<Config, 'publicUrl' | 'trustedProxies'>;

/**
 * Whether a page of this server sent the request. `SameSite` alone would admit pages of other ports and subdomains. Where
 * browsers do not send `Sec-Fetch-Site`, as over plain HTTP and with WebSockets, the page's origin is compared with
 * `PUBLIC_URL`, or else with the requested host: the scheme is then unknown, because a proxy may terminate TLS.
 */
export function isSameOrigin(req: IncomingMessage, { publicUrl, trustedProxies }: OriginSettings): boolean {
  const { headers } = req;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const page = headers.origin ?? headers.referer;
  if (page === undefined || !URL.canParse(page)) return false;
  const { origin, host } = new URL(page);
  if (publicUrl !== undefined) return origin === new URL(publicUrl).origin;
  return host === requestedHost(req, trustedProxies)?.toLowerCase();
}

/** Lets only requests of this server's own pages pass. */
export const requireSameOrigin =
  (settings: OriginSettings) => (req: IncomingMessage, res: ServerResponse, next: () => void) => {
    if (isSameOrigin(req, settings)) next();
    else sendJson(res, 403, { error: 'same-origin requests only' });
  };
