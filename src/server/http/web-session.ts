import type { IncomingMessage } from 'node:http';
import { type CookieOptions, type RequestHandler, Router } from 'express';
import { addressOf } from '../address.ts';
import { type Deps, tokenOf } from '../context.ts';
import { findSession } from '../services/authenticate.ts';

const cookieName = 'mirage_session';

/** The longest that browsers keep a cookie. When the session itself ends is the server's affair. */
const keptMs = 400 * 24 * 60 * 60 * 1000;

/** Out of reach for scripts and for other sites, and sent to the typed API alone. */
const cookieOptions = { httpOnly: true, sameSite: 'strict', path: '/trpc' } as const satisfies CookieOptions;

/**
 * `POST /session` takes a token of `auth.login` from `Authorization` and gives it back as a cookie that no script can
 * read; `DELETE /session` takes the cookie away. Both are for pages of this server alone.
 */
export function createWebSession(deps: Deps): Router {
  const requireSameOrigin: RequestHandler = (req, res, next) => {
    if (isSameOrigin(req)) next();
    else res.status(403).json({ error: 'for pages of this server alone' });
  };

  return Router()
    .use(requireSameOrigin)
    .post('/', async (req, res) => {
      const token = tokenOf(req.headers.authorization);
      const address = addressOf(req, deps.config.trustedProxies);
      if (token === undefined || !(await findSession(deps, token, address)))
        return void res.status(401).json({ error: 'unauthorized' });
      // The page's own scheme: behind a proxy that ends TLS, the connection to us has another.
      const secure = req.headers.origin?.startsWith('https:') ?? false;
      res
        .cookie(cookieName, token, { ...cookieOptions, secure, maxAge: keptMs })
        .status(204)
        .end();
    })
    .delete('/', (_req, res) => void res.clearCookie(cookieName, cookieOptions).status(204).end());
}

/** The token of a request: from `Authorization`, or else from the cookie if a page of this server is asking. */
export function tokenOfRequest(req: IncomingMessage): string | undefined {
  const { authorization, cookie } = req.headers;
  const token = tokenOf(authorization);
  if (token !== undefined || cookie === undefined || !isSameOrigin(req)) return token;
  return cookie
    .split('; ')
    .find((pair) => pair.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1);
}

/**
 * Whether a page of this very server sends the request. `SameSite` alone would let in pages of other ports and
 * sub-domains. Where browsers do not say it outright, as over plain HTTP, the page's address is compared to ours.
 */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const page = headers.origin ?? headers.referer;
  return page !== undefined && URL.canParse(page) && new URL(page).host === headers.host;
}
