import { type CookieOptions, Router } from 'express';
import { tokenOf } from '../../api/context.ts';
import { addressOf } from '../../core/address.ts';
import type { Config } from '../../core/config.ts';
import { findSession } from '../../services/sessions/authenticate.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { sendJson } from '../reply.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { cookieName } from '../session-token.ts';

/** The longest that browsers keep a cookie. The server decides when the session itself ends. */
const keptMs = 400 * 24 * 60 * 60 * 1000;

/** Not readable by scripts, and not sent by other sites. */
const cookieOptions = { httpOnly: true, sameSite: 'strict' } as const satisfies CookieOptions;

/** Where Mirage is in the browser: '' or a path. */
export function browserPath({ publicUrl }: Pick<Config, 'publicUrl'>, basePath: string): string {
  return publicUrl === undefined ? basePath : new URL(publicUrl).pathname.replace(/\/$/, '');
}

/** Where the cookie is sent, in the browser: only to the typed API and to uploads. A cookie has one path, so there are two. */
function pathsOf(config: Config, basePath: string): string[] {
  const base = browserPath(config, basePath);
  return [`${base}/trpc`, `${base}/files`];
}

/**
 * `POST /session` stores the token in `Authorization` (from `auth.login`) in a cookie that no script can read;
 * `DELETE /session` clears it. Both accept same-origin requests only.
 */
export function createWebSession(deps: Deps, basePath: string): Router {
  const { config } = deps;
  const paths = pathsOf(config, basePath);
  return Router()
    .use(requireSameOrigin(config))
    .post('/', async (req, res) => {
      const token = tokenOf(req.headers.authorization);
      const address = addressOf(req, config.trustedProxies);
      const session = token === undefined ? null : await findSession(deps, token, address);
      // The web client is for people, who log in.
      if (token === undefined || !session || session.scopes)
        return sendJson(res, 401, { error: 'unauthorized' });
      // The page's scheme: behind a proxy that terminates TLS, the connection to this server has another.
      const secure = (config.publicUrl ?? req.headers.origin)?.startsWith('https:') ?? false;
      for (const path of paths)
        res.cookie(cookieName, token, { ...cookieOptions, path, secure, maxAge: keptMs });
      res.status(204).end();
    })
    .delete('/', (_req, res) => {
      for (const path of paths) res.clearCookie(cookieName, { ...cookieOptions, path });
      res.status(204).end();
    });
}
