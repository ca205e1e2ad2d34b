import { z } from 'zod';
import { countUsers, getProfile, updateProfile } from '../services/users.ts';
import { avatarUrl, description, email, username } from '../text.ts';
import { authedProcedure, publicProcedure, router } from '../trpc.ts';

export const usersRouter = router({
  count: publicProcedure.query(({ ctx }) => countUsers(ctx.deps)),

  get: publicProcedure
    .input(z.object({ username }))
    .query(({ ctx, input }) => getProfile(ctx.deps, input.username)),

  /** Changes what is given and leaves the rest; an empty avatarUrl takes the avatar away. */
  updateProfile: authedProcedure
    .input(
      z.object({
        avatarUrl: avatarUrl.optional(),
        description: description.optional(),
        email: email.optional(),
      }),
    )
    .mutation(({ ctx, input }) => updateProfile(ctx.deps, ctx.session.username, input)),
});
