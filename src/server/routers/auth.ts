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

  /** Each login opens a session of its own; the token is its only key. `device` names it in the list of sessions. */
  login: publicProcedure
    .input(z.object({ username, password, device: deviceName.optional() }))
    .mutation(({ ctx, input }) => login(ctx.deps, { ...input, address: ctx.address })),

  /** Ends this session alone. */
  logout: authedProcedure.mutation(({ ctx }) => endSession(ctx.deps, ctx.session)),

  /** Ends all sessions of the user, this one too. */
  logoutEverywhere: authedProcedure.mutation(({ ctx }) => endAllSessions(ctx.deps, ctx.session)),

  listSessions: authedProcedure.query(({ ctx }) => listSessions(ctx.deps, ctx.session)),

  /** Ends one of the user's own sessions. */
  revokeSession: authedProcedure
    .input(z.object({ id: rowId }))
    .mutation(({ ctx, input }) => revokeSession(ctx.deps, { id: input.id, username: ctx.session.username })),

  /** A ticket opens one event stream, once and within half a minute, where a browser cannot send the token. */
  createTicket: authedProcedure.mutation(async ({ ctx }) => ({
    ticket: await ctx.deps.tickets.issue(
      ctx.session.fromHost && ctx.token !== undefined
        ? { token: ctx.token }
        : { id: ctx.session.id, username: ctx.session.username },
    ),
    expiresInMs: ticketTtlMs,
  })),

  me: authedProcedure.query(({ ctx }) => getOwnProfile(ctx.deps, ctx.session.username)),

  /** Checks the current password when it is given, and ends the user's other sessions. */
  changePassword: authedProcedure
    .input(z.object({ newPassword: password, currentPassword: password.optional() }))
    .mutation(({ ctx, input }) => changePassword(ctx.deps, ctx.session, input)),
});
