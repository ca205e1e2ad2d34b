import { type CookieOptions, type RequestHandler, Router } from 'express';
import { tokenOf } from '../../api/context.ts';
import { addressOf } from '../../core/address.ts';
import type { Config } from '../../core/config.ts';
import { findSession } from '../../services/sessions/authenticate.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { sendJson } from '../reply.ts';
import { isSameOrigin } from '../same-origin.ts';
import { cookieName } from '../session-token.ts';

/** The longest that browsers keep a cookie. The server decides when the session itself ends. */
const keptMs = 400 * 24 * 60 * 60 * 1000;

/** Not readable by scripts, not sent by other sites, and sent only to the typed API, at its path in the browser. */
const optionsFor = ({ publicUrl }: Config, basePath: string) =>
  ({
    httpOnly: true,
    sameSite: 'strict',
    path: `${publicUrl === undefined ? basePath : new URL(publicUrl).pathname.replace(/\/$/, '')}/trpc`,
  }) as const satisfies CookieOptions;

/**
 * `POST /session` stores the token in `Authorization` (from `auth.login`) in a cookie that no script can read;
 * `DELETE /session` clears it. Both accept same-origin requests only.
 */
export function createWebSession(deps: Deps, basePath: string): Router {
  const { config } = deps;
  const cookieOptions = optionsFor(config, basePath);
  const requireSameOrigin: RequestHandler = (req, res, next) => {
    if (isSameOrigin(req, config)) next();
    else res.status(403).json({ error: 'same-origin requests only' });
  };

  return Router()
    .use(requireSameOrigin)
    .post('/', async (req, res) => {
      const token = tokenOf(req.headers.authorization);
      const address = addressOf(req, config.trustedProxies);
      if (token === undefined || !(await findSession(deps, token, address)))
        return sendJson(res, 401, { error: 'unauthorized' });
      // The page's scheme: behind a proxy that terminates TLS, the connection to this server has another.
      const secure = (config.publicUrl ?? req.headers.origin)?.startsWith('https:') ?? false;
      res
        .cookie(cookieName, token, { ...cookieOptions, secure, maxAge: keptMs })
        .status(204)
        .end();
    })
    .delete('/', (_req, res) => void res.clearCookie(cookieName, cookieOptions).status(204).end());
}
