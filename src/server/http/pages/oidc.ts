import { type CookieOptions, Router } from 'express';
import { attemptMs } from '../../services/identities/attempts.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { BodyError, readJsonObject } from '../body.ts';
import { sendJson } from '../reply.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { readCookie } from '../session-token.ts';
import { browserPath } from './session.ts';

const loginCookie = 'mirage_oidc';
const returnCookie = 'mirage_oidc_return';

/** What an issuer answers with; what else it sends along is not needed. */
const answerParameters = ['code', 'state', 'iss', 'error'];

/** As much as browsers take in a cookie, with its name and attributes. */
const maxAnswerLength = 3800;

/**
 * Keeps a log-in of the web client while the browser is at the issuer, in cookies that no script can read. `POST /oidc` stores the
 * `login` of `auth.startOidc`, `GET /oidc/<id>` is where the issuer sends the browser back to, and `POST /oidc/return` gives the page
 * both, once, for `auth.finishOidc`. So the issuer's answer stays in no address, and counts only in the browser that has asked.
 */
export function createOidcReturn({ config }: Pick<Deps, 'config'>, basePath: string): Router {
  const publicUrl = config.publicUrl ?? '';
  const options = {
    httpOnly: true,
    path: `${browserPath(config, basePath)}/oidc`,
    secure: publicUrl.startsWith('https:'),
  } satisfies CookieOptions;
  const fromOwnPages = requireSameOrigin(config);
  const ids = new Set(config.oidc.map(({ id }) => id));

  return Router()
    .get('/:id', (req, res, next) => {
      const { id } = req.params;
      if (!ids.has(id)) return next();
      const given = new URL(req.url, 'http://localhost').searchParams;
      const answer = new URLSearchParams(
        answerParameters.flatMap((name) => given.getAll(name).map((value) => [name, value])),
      );
      const value = `${id}?${answer}`;
      if (value.length <= maxAnswerLength)
        res.cookie(returnCookie, value, {
          ...options,
          sameSite: 'strict',
          maxAge: attemptMs,
          encode: String,
        });
      // Relative, as a proxy may have stripped a path. The page asks for the answer; a request for it has no address with it.
      res.status(303).setHeader('Location', '../#/oidc').end();
    })
    .post('/', fromOwnPages, async (req, res) => {
      const { login } = await readJsonObject(req).catch(refuseBody);
      if (typeof login !== 'string' || !/^[\w-]{1,100}$/.test(login))
        return sendJson(res, 400, { error: 'login must be that of auth.startOidc' });
      // Lax, as it is sent along when the issuer sends the browser back.
      res.cookie(loginCookie, login, { ...options, sameSite: 'lax', maxAge: attemptMs });
      res.status(204).end();
    })
    .post('/return', fromOwnPages, (req, res) => {
      const login = readCookie(req, loginCookie);
      const answer = readCookie(req, returnCookie);
      res.clearCookie(loginCookie, { ...options, sameSite: 'lax' });
      res.clearCookie(returnCookie, { ...options, sameSite: 'strict' });
      if (login === undefined || answer === undefined)
        return void res.status(404).json({ error: 'no log-in is under way in this browser' });
      res.json({ login, url: `${publicUrl}/oidc/${answer}` });
    });
}

/** One that cannot be read has no login in it. */
function refuseBody(error: unknown): Record<string, unknown> {
  if (error instanceof BodyError) return {};
  throw error;
}
