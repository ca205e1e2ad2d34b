import { z } from 'zod';
import { countUsers, getProfile, updateProfile } from '../services/users.ts';
import { avatarUrl, description, email, username } from '../text.ts';
import { authedProcedure, publicProcedure, router } from '../trpc.ts';

export const usersRouter = router({
  /** How many accounts there are. */
  count: publicProcedure.query(({ ctx }) => countUsers(ctx.deps)),

  /**
   * What anybody may know of a user. `avatarUrl` is null unless one has been set.
   * @throws `USER_NOT_FOUND`
   */
  get: publicProcedure
    .input(z.object({ username }))
    .query(({ ctx, input }) => getProfile(ctx.deps, input.username)),

  /**
   * Changes what is given, leaves the rest, and gives the profile as it is then. An empty `avatarUrl` takes the avatar away.
   * @throws `EMAIL_TAKEN`, `DESCRIPTION_TOO_LONG` over 500 words
   */
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
