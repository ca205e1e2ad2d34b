import { z } from 'zod';
import { endSession } from '../services/sessions.ts';
import { changePassword, getOwnProfile, login, registerUser } from '../services/users.ts';
import { avatarUrl, description, email, newUsername, password, username } from '../text.ts';
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

  /** Each login opens a session of its own; the token is its only key. */
  login: publicProcedure
    .input(z.object({ username, password }))
    .mutation(({ ctx, input }) => login(ctx.deps, { ...input, address: ctx.address })),

  /** Ends this session alone. */
  logout: authedProcedure.mutation(({ ctx }) => endSession(ctx.deps, ctx.session)),

  /** A ticket opens one event stream, once and within half a minute, where a browser cannot send the token. */
  createTicket: authedProcedure.mutation(async ({ ctx }) => ({
    ticket: await ctx.deps.tickets.issue(ctx.session),
    expiresInMs: ticketTtlMs,
  })),

  me: authedProcedure.query(({ ctx }) => getOwnProfile(ctx.deps, ctx.session.username)),

  /** Checks the current password when it is given, and ends the user's other sessions. */
  changePassword: authedProcedure
    .input(z.object({ newPassword: password, currentPassword: password.optional() }))
    .mutation(({ ctx, input }) => changePassword(ctx.deps, ctx.session, input)),
});
