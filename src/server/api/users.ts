import { z } from 'zod';
import { description, email, fileId, newAvatarUrl, username } from '../core/validation.ts';
import type { PresenceEvent } from '../infra/live/presence-events.ts';
import {
  getProfile,
  getProfileAnonymously,
  removeAvatar,
  setAvatar,
  updateProfile,
} from '../services/accounts/profiles.ts';
import { followUsers } from '../services/accounts/user-presence.ts';
import { countUsers } from '../services/accounts/users.ts';
import { blockUser, listBlockedUsers, unblockUser } from '../services/privacy/blocks.ts';
import { getPrivacy, updatePrivacy } from '../services/privacy/settings.ts';
import { searchUsers } from '../services/privacy/user-search.ts';
import { deliver, subscriber } from './deliver.ts';
import { presenceEvents } from './outputs/chat.ts';
import { changed } from './outputs/inbox.ts';
import { audience, blockedUsers, foundUsers, ownProfile, privacy, profile } from './outputs/users.ts';
import { outOfScope } from './scope.ts';
import { hasSession } from './session.ts';
import { authedProcedure, publicProcedure, router } from './trpc.ts';

export const usersRouter = router({
  /** The number of accounts. */
  count: publicProcedure.output(z.number()).query(({ ctx }) => countUsers(ctx.deps)),

  /**
   * The public profile of a user. `avatarUrl` is null if none has been set.
   * @throws `USER_NOT_FOUND`, `TOO_MANY_REQUESTS` after too many unknown names without a session
   */
  get: publicProcedure
    .input(z.object({ username }))
    .output(profile)
    .query(async ({ ctx, input: { username } }) =>
      (await hasSession(ctx, 'users.get', 'query'))
        ? getProfile(ctx.deps, username)
        : getProfileAnonymously(ctx.deps, username, ctx.address),
    ),

  /**
   * Changes the given fields, leaves the others, and returns the updated profile. An empty `avatarUrl` removes the avatar,
   * another one replaces it. Where the server sends mail, a new `email` becomes `pendingEmail` until it is verified, the present
   * one is told, and giving the present one ends that. An access token cannot change it. With a second factor a new one needs a session
   * whose user has proved within 10 minutes who they are.
   * @throws `EMAIL_TAKEN`, `DESCRIPTION_TOO_LONG` over 500 words, `PROOF_REQUIRED`, `TOO_MANY_REQUESTS` beyond 5 new addresses an hour
   */
  updateProfile: authedProcedure
    .input(
      z.object({
        avatarUrl: newAvatarUrl.optional(),
        description: description.optional(),
        email: email.optional(),
      }),
    )
    .output(ownProfile)
    .mutation(({ ctx: { deps, session, hasVerbatimNames }, input }) => {
      // Whoever has the address can get at the account.
      if (session.scopes && input.email !== undefined)
        throw outOfScope('an access token cannot change the e-mail address');
      return updateProfile(deps, session, { ...input, isLegacy: hasVerbatimNames });
    }),

  /**
   * Makes a square of 256 pixels of a picture that the caller has uploaded, shows it to everybody in place of the avatar
   * before, and returns the updated profile. With null there is none.
   * @throws `FILE_NOT_FOUND`, `NOT_A_PICTURE`, `FILE_QUOTA`, `STORAGE_FULL`, `FILES_OFF`, `TOO_MANY_UPLOADS`,
   * `TOO_MANY_REQUESTS`
   */
  setAvatar: authedProcedure
    .input(z.object({ fileId: fileId.nullable() }))
    .output(ownProfile)
    .mutation(({ ctx: { deps, session, address }, input: { fileId } }) =>
      fileId === null
        ? removeAvatar(deps, session.username)
        : setAvatar(deps, { owner: session.username, fileId, address }),
    ),

  /** The caller's privacy settings. */
  getPrivacy: authedProcedure.output(privacy).query(({ ctx }) => getPrivacy(ctx.deps, ctx.session.username)),

  /**
   * Changes the given settings and returns all. `roommates` share a private room with the caller. With `readReceipts` off,
   * others do not learn what the caller has read.
   * @throws `TOO_MANY_REQUESTS`
   */
  updatePrivacy: authedProcedure
    .input(
      z.object({
        whoMayWrite: audience.optional(),
        readReceipts: z.boolean().optional(),
        presence: audience.optional(),
        findable: z.boolean().optional(),
      }),
    )
    .output(privacy)
    .mutation(({ ctx, input }) => updatePrivacy(ctx.deps, ctx.session.username, input)),

  /**
   * Keeps what a user writes from the caller, also after unblocking, and typing, receipts and presence from both. The user
   * does not notice. Idempotent.
   * @throws `USER_NOT_FOUND`, `BLOCK_LIMIT` beyond 1,000, `TOO_MANY_REQUESTS`
   */
  block: authedProcedure
    .input(z.object({ username }))
    .output(changed)
    .mutation(({ ctx, input }) =>
      blockUser(ctx.deps, { username: ctx.session.username, blocked: input.username }),
    ),

  /**
   * Lets a user reach the caller again, with what follows. Idempotent.
   * @throws `USER_NOT_FOUND`, `TOO_MANY_REQUESTS`
   */
  unblock: authedProcedure
    .input(z.object({ username }))
    .output(changed)
    .mutation(({ ctx, input }) =>
      unblockUser(ctx.deps, { username: ctx.session.username, blocked: input.username }),
    ),

  /** The users whom the caller has blocked, latest first. */
  listBlocked: authedProcedure
    .output(blockedUsers)
    .query(({ ctx }) => listBlockedUsers(ctx.deps, ctx.session.username)),

  /**
   * Findable users whose names begin with `prefix` in any letter case, in alphabetical order; `limit` is 20 by default, at
   * most 100.
   * @throws `TOO_MANY_REQUESTS` beyond 120 a minute
   */
  search: authedProcedure
    .input(z.object({ prefix: username, limit: z.number().int().min(1).max(100).default(20) }))
    .output(foundUsers)
    .query(({ ctx, input }) => searchUsers(ctx.deps, { ...input, username: ctx.session.username })),

  /**
   * Who of these users, at most 500, is online, which is subscribed to anything: first the current state, then changes, as far as the
   * caller may see them. Nobody is `typing`. A name that nobody has looks offline. The client's `applyPresence` applies them.
   * @throws `TOO_MANY_SUBSCRIPTIONS`, also beyond 10,000 names in all subscriptions of the caller, `TOO_MANY_REQUESTS`; later the
   * reason it ended: `UNAUTHORIZED`
   */
  onPresence: authedProcedure
    .input(z.object({ usernames: z.array(username).min(1).max(500) }))
    .output(presenceEvents)
    .subscription(async ({ ctx, input: { usernames }, signal }) =>
      deliver<never, PresenceEvent>(
        ctx,
        await followUsers(ctx.deps, { usernames, ...subscriber(ctx, signal) }),
      ),
    ),
});
