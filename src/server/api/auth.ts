import { z } from 'zod';
import {
  avatarUrl,
  chosenName,
  description,
  deviceName,
  email,
  newUsername,
  password,
  rowId,
  username,
} from '../core/validation.ts';
import { changePassword, getOwnProfile, login, registerUser } from '../services/accounts/users.ts';
import { endAllSessions, endSession, revokeSession } from '../services/sessions/end-sessions.ts';
import { listSessions } from '../services/sessions/sessions.ts';
import { createTicket } from '../services/sessions/tickets.ts';
import { findUsername } from '../services/shared/names.ts';
import { parseName } from './names.ts';
import { loggedIn, registered, sessions, ticket } from './outputs/auth.ts';
import { ownProfile } from './outputs/users.ts';
import { authedProcedure, publicProcedure, router } from './trpc.ts';

export const authRouter = router({
  /**
   * Creates an account; log in next. The username is trimmed, has at most 100 characters and cannot be changed later. A
   * description has at most 500 words. At most 60 accounts per hour can be created from one network address.
   * @throws `USERNAME_TAKEN`, `EMAIL_TAKEN`, `DESCRIPTION_TOO_LONG`, `TOO_MANY_REQUESTS`
   */
  register: publicProcedure
    .input(
      z.object({
        username: chosenName,
        email,
        password,
        avatarUrl: avatarUrl.optional(),
        description: description.optional(),
      }),
    )
    .output(registered)
    .mutation(({ ctx, input }) => {
      const username = ctx.hasVerbatimNames ? input.username : parseName(newUsername, input.username);
      return registerUser(ctx.deps, { ...input, username, address: ctx.address });
    }),

  /**
   * Starts a new session and returns its token. The session expires after 30 days without use, unless the server is
   * configured otherwise. `device` names it in the list of sessions. An unknown user and a wrong password give the same error.
   * @throws `INVALID_CREDENTIALS`, `USER_DISABLED`, `TOO_MANY_REQUESTS` after 10 failures in 15 minutes
   */
  login: publicProcedure
    .meta({ repeat: 'again' })
    .input(z.object({ username, password, device: deviceName.optional() }))
    .output(loggedIn)
    .mutation(async ({ ctx, input }) => {
      const username = ctx.hasVerbatimNames
        ? input.username
        : await findUsername(ctx.deps, input.username.trim());
      return login(ctx.deps, { ...input, username, address: ctx.address });
    }),

  /** Ends only this session. Its subscriptions end with `UNAUTHORIZED`. */
  logout: authedProcedure.output(z.void()).mutation(({ ctx }) => endSession(ctx.deps, ctx.session)),

  /** Ends all sessions of the user, including this one. */
  logoutEverywhere: authedProcedure
    .output(z.void())
    .mutation(({ ctx }) => endAllSessions(ctx.deps, ctx.session)),

  /**
   * The user's sessions, including this one, newest first. `lastUsedAt` is accurate to the hour.
   * @throws `ANSWER_TOO_LARGE` over 1 MB
   */
  listSessions: authedProcedure
    .output(sessions)
    .query(({ ctx, signal }) => listSessions(ctx.deps, ctx.session, { signal })),

  /**
   * Ends one of the user's own sessions and its open subscriptions.
   * @throws `SESSION_NOT_FOUND`, also for the session of another user
   */
  revokeSession: authedProcedure
    .input(z.object({ id: rowId }))
    .output(z.void())
    .mutation(({ ctx, input }) => revokeSession(ctx.deps, { id: input.id, username: ctx.session.username })),

  /**
   * Issues a ticket that opens one event stream, once and within `expiresInMs`, where a browser cannot send the token.
   * @throws `TOO_MANY_REQUESTS` beyond 100 in 30 seconds
   */
  createTicket: authedProcedure
    .meta({ repeat: 'again' })
    .output(ticket)
    .mutation(({ ctx }) => createTicket(ctx.deps, ctx.session, ctx.token)),

  /** The caller's own profile, including the e-mail address. `avatarUrl` is null if none has been set. */
  me: authedProcedure.output(ownProfile).query(({ ctx }) => getOwnProfile(ctx.deps, ctx.session.username)),

  /**
   * Sets a new password and ends the user's other sessions. Clients should ask for the current password; it is checked only if given.
   * @throws `WRONG_PASSWORD`, `TOO_MANY_REQUESTS` after 10 wrong passwords in 15 minutes
   */
  changePassword: authedProcedure
    .input(z.object({ newPassword: password, currentPassword: password.optional() }))
    .output(z.void())
    .mutation(({ ctx, input }) => changePassword(ctx.deps, ctx.session, input)),
});
