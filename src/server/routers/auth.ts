import { z } from 'zod';
import { endAllSessions, endSession, listSessions, revokeSession } from '../services/sessions.ts';
import { changePassword, getOwnProfile, login, registerUser } from '../services/users.ts';
import {
  avatarUrl,
  description,
  deviceName,
  email,
  newUsername,
  password,
  rowId,
  username,
} from '../text.ts';
import { ticketTtlMs } from '../tickets.ts';
import { authedProcedure, publicProcedure, router } from '../trpc.ts';

export const authRouter = router({
  /**
   * Makes an account; log in next. The name is trimmed, has at most 100 characters and cannot be changed later. A
   * description has at most 500 words. An address makes at most 20 accounts an hour.
   * @throws `USERNAME_TAKEN`, `EMAIL_TAKEN`, `DESCRIPTION_TOO_LONG`, `TOO_MANY_REQUESTS`
   */
  register: publicProcedure
    .input(
      z.object({
        username: newUsername,
        email,
        password,
        avatarUrl: avatarUrl.optional(),
        description: description.optional(),
      }),
    )
    .mutation(({ ctx, input }) => registerUser(ctx.deps, { ...input, address: ctx.address })),

  /**
   * Opens a session of its own, whose only key is the token; it ends when it is not used for 30 days, unless the server is
   * set otherwise. `device` names it in the list of sessions. An unknown user and a wrong password get the same answer.
   * @throws `INVALID_CREDENTIALS`, `USER_DISABLED`, `TOO_MANY_REQUESTS` after 10 failures in 15 minutes
   */
  login: publicProcedure
    .input(z.object({ username, password, device: deviceName.optional() }))
    .mutation(({ ctx, input }) => login(ctx.deps, { ...input, address: ctx.address })),

  /** Ends this session alone. Its subscriptions are cut off with `UNAUTHORIZED`. */
  logout: authedProcedure.mutation(({ ctx }) => endSession(ctx.deps, ctx.session)),

  /** Ends all sessions of the user, this one too. */
  logoutEverywhere: authedProcedure.mutation(({ ctx }) => endAllSessions(ctx.deps, ctx.session)),

  /** The user's sessions, this one too, newest first. `lastUsedAt` is exact to the hour. */
  listSessions: authedProcedure.query(({ ctx }) => listSessions(ctx.deps, ctx.session)),

  /**
   * Ends one of the user's own sessions, with the subscriptions it has open.
   * @throws `SESSION_NOT_FOUND`, also for one that is somebody else's
   */
  revokeSession: authedProcedure
    .input(z.object({ id: rowId }))
    .mutation(({ ctx, input }) => revokeSession(ctx.deps, { id: input.id, username: ctx.session.username })),

  /** A ticket opens one event stream, once and within `expiresInMs`, where a browser cannot send the token. */
  createTicket: authedProcedure.mutation(async ({ ctx }) => ({
    ticket: await ctx.deps.tickets.issue(
      ctx.session.fromHost && ctx.token !== undefined
        ? { token: ctx.token }
        : { id: ctx.session.id, username: ctx.session.username },
    ),
    expiresInMs: ticketTtlMs,
  })),

  /** One's own profile, with the e-mail address. `avatarUrl` is null unless one has been set. */
  me: authedProcedure.query(({ ctx }) => getOwnProfile(ctx.deps, ctx.session.username)),

  /**
   * Sets a new password and ends the user's other sessions. Ask for the current one, although it is checked only when it is given.
   * @throws `WRONG_PASSWORD`, `TOO_MANY_REQUESTS` after 10 wrong ones in 15 minutes
   */
  changePassword: authedProcedure
    .input(z.object({ newPassword: password, currentPassword: password.optional() }))
    .mutation(({ ctx, input }) => changePassword(ctx.deps, ctx.session, input)),
});
