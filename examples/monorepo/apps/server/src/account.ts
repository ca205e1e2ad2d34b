import { type Request, Router } from 'express';
import type { Users } from './users.ts';

const cookieName = 'login';

const secretOf = (req: Request) =>
  new RegExp(`(?:^|; )${cookieName}=([\\w-]+)`).exec(req.headers.cookie ?? '')?.[1] ?? '';

/** The application's routes: logging in and out, and the token that its page uses for Mirage. */
export function createAccountRoutes(users: Users, onLogOut: (chatToken: string) => Promise<void>): Router {
  return Router()
    .post('/login', (req, res) => {
      const { username, password } = (req.body ?? {}) as { username?: unknown; password?: unknown };
      const secret = users.logIn(String(username), String(password));
      if (secret === undefined) return void res.status(401).json({ error: 'wrong name or password' });
      // Strict: pages of other sites cannot make a browser send it, so they cannot obtain a chat token.
      res.cookie(cookieName, secret, { httpOnly: true, sameSite: 'strict' }).json({ username });
    })
    .get('/me', (req, res) => {
      const login = users.find(secretOf(req));
      res.json(login ? { username: login.user.username } : null);
    })
    .post('/chat-token', (req, res) => {
      const login = users.find(secretOf(req));
      if (!login) return void res.status(401).json({ error: 'not logged in' });
      res.json({ token: login.chatToken });
    })
    .post('/logout', async (req, res) => {
      const login = users.logOut(secretOf(req));
      // Mirage would notice within 30 seconds; this ends live messages at once.
      if (login) await onLogOut(login.chatToken);
      res.clearCookie(cookieName, { httpOnly: true, sameSite: 'strict' }).status(204).end();
    });
}
