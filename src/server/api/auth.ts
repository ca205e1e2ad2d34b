import { z } from 'zod';
import {
  avatarUrl,
  callbackUrl,
  chosenName,
  description,
  deviceName,
  email,
  issuerId,
  linkToken,
  newUsername,
  password,
  rowId,
  time,
  tokenName,
  username,
} from '../core/validation.ts';
import { requestEmailVerification, verifyEmail } from '../services/accounts/email.ts';
import { requestPasswordReset, resetPasswordByLink } from '../services/accounts/password-reset.ts';
import { getOwnProfile } from '../services/accounts/profiles.ts';
import { changePassword, login, registerUser } from '../services/accounts/users.ts';
import { deleteAccount } from '../services/departures/delete-account.ts';
import { findExport, requestExport } from '../services/exports/exports.ts';
import { listWaysIn, unlinkIdentity } from '../services/identities/identities.ts';
import { beginLogin, finishLogin, linkLogin, registerByLogin } from '../services/identities/log-in.ts';
import { createAccessToken, listAccessTokens } from '../services/sessions/access-tokens.ts';
import {
  endSession,
  logOutEverywhere,
  revokeSession,
  revokeToken,
} from '../services/sessions/end-sessions.ts';
import { listSessions } from '../services/sessions/sessions.ts';
import { createTicket } from '../services/sessions/tickets.ts';
import { findUsername } from '../services/shared/names.ts';
import { authFactors } from './auth-factors.ts';
import { parseName } from './names.ts';
import {
  accessTokens,
  begun,
  finished,
  newAccessToken,
  opened,
  ownExport,
  registered,
  sessions,
  ticket,
  verified,
  waysIn,
} from './outputs/auth.ts';
import { loggedIn } from './outputs/auth-factors.ts';
import { ownProfile } from './outputs/users.ts';
import { scope, scopes } from './scopes.ts';
import { sessionOf } from './session.ts';
import { authedProcedure, publicProcedure, router } from './trpc.ts';

const accountProcedures = {
  /**
   * Creates an account; log in next. The username is trimmed, has at most 100 characters and cannot be changed later. A
   * description has at most 500 words. At most 60 accounts per hour can be created from one network address. A server that sends
   * mail sends a link to verify the address.
   * @throws `USERNAME_TAKEN`, `EMAIL_TAKEN`, `WEAK_PASSWORD` under 8 characters, for a common one and for one's own name or address,
   * `DESCRIPTION_TOO_LONG`, `TOO_MANY_REQUESTS`
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
      return registerUser(ctx.deps, {
        ...input,
        username,
        address: ctx.address,
        isLegacy: ctx.hasVerbatimNames,
      });
    }),

  /**
   * Starts a new session and returns its token. The session expires after 30 days without use, unless the server is
   * configured otherwise. `device` names it in the list of sessions. An unknown user and a wrong password give the same error. Of an
   * account with a second factor it returns a `challenge` and no token: continue with `auth.finishLogin`. A challenge without `methods` is
   * for a user who has to set up a second factor first, with `auth.startTotp` or `auth.startPasskey`.
   * @throws `INVALID_CREDENTIALS`, `USER_DISABLED`, `EMAIL_NOT_VERIFIED` where that is required: then a link is mailed,
   * `TOO_MANY_REQUESTS` after 10 failures in 15 minutes
   */
  login: publicProcedure
    .meta({ repeat: 'again' })
    .input(z.object({ username, password, device: deviceName.optional() }))
    .output(loggedIn)
    .mutation(async ({ ctx, input }) => {
      const username = ctx.hasVerbatimNames
        ? input.username
        : await findUsername(ctx.deps, input.username.trim());
      return login(ctx.deps, {
        ...input,
        username,
        address: ctx.address,
        isLegacy: ctx.hasVerbatimNames,
      });
    }),

  /** Ends only this session. Its subscriptions end with `UNAUTHORIZED`. */
  logout: authedProcedure.output(z.void()).mutation(({ ctx }) => endSession(ctx.deps, ctx.session)),

  /** Ends all sessions of the user, including this one. Access tokens stay. */
  logoutEverywhere: authedProcedure
    .output(z.void())
    .mutation(({ ctx }) => logOutEverywhere(ctx.deps, ctx.session)),

  /**
   * The user's sessions, including this one, newest first. `lastUsedAt` is accurate to the hour. `method` tells how the user logged
   * in, such as `password`, `password+totp`, `passkey`, `oidc:` and the id of another service, or `host` for a session of the host; null for sessions from before 0.2.0.
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
   * Makes an access token, with which a program may call the procedures in its scopes, and `auth.me`. A scope is a router with
   * `:read` for queries and subscriptions, or `:write` for mutations. The token is shown this once. Without `expiresAt` it is
   * valid until it is revoked.
   * @throws `TOKEN_LIMIT`, `MANAGED_BY_HOST`
   */
  createToken: authedProcedure
    .meta({ repeat: 'alreadyDone' })
    .input(
      z.object({
        name: tokenName,
        scopes: z
          .array(scope)
          .min(1)
          .max(scopes.length)
          .refine((given) => new Set(given).size === given.length, 'names a scope twice'),
        expiresAt: time.optional(),
      }),
    )
    .output(newAccessToken)
    .mutation(({ ctx: { deps, session }, input }) =>
      createAccessToken(deps, { ...input, username: session.username, session }),
    ),

  /** The user's access tokens that have not expired, newest first. `lastUsedAt` is accurate to the hour. */
  listTokens: authedProcedure
    .output(accessTokens)
    .query(({ ctx }) => listAccessTokens(ctx.deps, ctx.session.username)),

  /**
   * Ends one of the user's own access tokens and its open subscriptions.
   * @throws `TOKEN_NOT_FOUND`, also for the token of another user
   */
  revokeToken: authedProcedure
    .input(z.object({ id: rowId }))
    .output(z.void())
    .mutation(({ ctx, input }) => revokeToken(ctx.deps, { id: input.id, username: ctx.session.username })),

  /**
   * Issues a ticket that opens one event stream, once and within `expiresInMs`, where a browser cannot send the token.
   * @throws `TOO_MANY_REQUESTS` beyond 100 in 30 seconds
   */
  createTicket: authedProcedure
    .meta({ repeat: 'again' })
    .output(ticket)
    .mutation(({ ctx }) => createTicket(ctx.deps, ctx.session, ctx.token)),

  /**
   * The caller's own profile, including the e-mail address. `avatarUrl` is null if none has been set. `pendingEmail` takes the place
   * of the address once it is verified. `resetMailedAt` is when a link for a new password was last mailed to an address that
   * nobody has verified.
   */
  me: authedProcedure.output(ownProfile).query(({ ctx }) => getOwnProfile(ctx.deps, ctx.session.username)),

  /**
   * Sets a new password, ends the user's other sessions, and gives up a change of the address under way; access tokens stay. Clients should ask for the current password; it is checked only if given.
   * @throws `WRONG_PASSWORD`, `WEAK_PASSWORD`, `TOO_MANY_REQUESTS` after 10 wrong passwords in 15 minutes
   */
  changePassword: authedProcedure
    .input(z.object({ newPassword: password, currentPassword: password.optional() }))
    .output(z.void())
    .mutation(({ ctx, input }) =>
      changePassword(ctx.deps, ctx.session, { ...input, isLegacy: ctx.hasVerbatimNames }),
    ),

  /**
   * Mails a link to the caller's address, or to the one that is to take its place. Does nothing if there is none to verify.
   * @throws `MAIL_OFF`, `TOO_MANY_REQUESTS` beyond 5 an hour
   */
  requestEmailVerification: authedProcedure
    .output(z.void())
    .mutation(({ ctx }) => requestEmailVerification(ctx.deps, ctx.session)),

  /**
   * Verifies an address by the token of the link that was mailed to it, once and within a day. Needs no session.
   * @throws `LINK_EXPIRED`, `EMAIL_TAKEN`, `TOO_MANY_REQUESTS`
   */
  verifyEmail: publicProcedure
    .input(z.object({ token: linkToken }))
    .output(verified)
    .mutation(({ ctx, input }) => verifyEmail(ctx.deps, { ...input, address: ctx.address })),

  /**
   * Mails a link for a new password to each account that has the address. The answer is the same for an address that nobody has.
   * @throws `MAIL_OFF`, `TOO_MANY_REQUESTS` beyond 5 an hour for an address
   */
  requestPasswordReset: publicProcedure
    .input(z.object({ email }))
    .output(z.void())
    .mutation(({ ctx, input }) => requestPasswordReset(ctx.deps, { ...input, address: ctx.address })),

  /**
   * Sets a new password by the token of the link that was mailed, once and within an hour, and ends all sessions of the account
   * and a change of its address under way.
   * @throws `LINK_EXPIRED`, `WEAK_PASSWORD`, `TOO_MANY_REQUESTS`
   */
  resetPassword: publicProcedure
    .input(z.object({ token: linkToken, newPassword: password }))
    .output(registered)
    .mutation(({ ctx, input }) => resetPasswordByLink(ctx.deps, { ...input, address: ctx.address })),

  /**
   * Deletes the caller's account for good: with the password, or without it in a session that began with more than a password at
   * most five minutes ago. All sessions and access tokens end at once. Rooms are left, and pass to others where nobody else owned
   * them; files go. What others have of the user is renamed, in the background, to `deleted-` and random characters. Nobody gets the
   * name for 30 days.
   * @throws `WRONG_PASSWORD`, `PROOF_REQUIRED`, `MANAGED_BY_HOST`, `TOO_MANY_REQUESTS` after 10 wrong passwords in 15 minutes
   */
  deleteAccount: authedProcedure
    .meta({ repeat: 'again' })
    .input(z.object({ password: password.optional() }))
    .output(z.void())
    .mutation(({ ctx, input }) => deleteAccount(ctx.deps, ctx.session, input)),

  /**
   * Has a ZIP archive made of everything that is the caller's own: profile, settings, messages, rooms, reactions, sessions and files.
   * It is made in the background; `auth.getExport` tells how far it is. One that is being made is not begun again.
   * @throws `FILES_OFF`, `STORAGE_FULL`, `TOO_MANY_REQUESTS` beyond 5 a day
   */
  exportData: authedProcedure
    .meta({ repeat: 'again' })
    .output(ownExport)
    .mutation(({ ctx }) => requestExport(ctx.deps, ctx.session.username)),

  /**
   * The archive that the caller has asked for last, or null. One that is ready has a `url` for the next five minutes, and goes a day
   * later.
   */
  getExport: authedProcedure
    .output(ownExport.nullable())
    .query(({ ctx }) => findExport(ctx.deps, ctx.session.username)),

  /**
   * Begins a log-in with another service, of those in `server.info`: open `url` in a browser. With `link` it is linked with the
   * caller's account, which needs a session whose user has proved within 10 minutes who they are, unless one of this service is linked
   * already: then it is such a proof. The service sends the browser back to an address of this server, with which
   * `auth.finishOidc` goes on within `expiresInMs`.
   * @throws `ISSUER_NOT_FOUND`, `ISSUER_UNAVAILABLE`, `PROOF_REQUIRED`, `MANAGED_BY_HOST`, `TOO_MANY_REQUESTS` beyond 300 in 15 minutes from one address
   */
  startOidc: publicProcedure
    .meta({ repeat: 'again' })
    .input(z.object({ issuer: issuerId, link: z.boolean().optional() }))
    .output(begun)
    .mutation(async ({ ctx, input: { issuer, link = false } }) => {
      const session = link ? await sessionOf(ctx, 'auth.startOidc', 'mutation') : undefined;
      return beginLogin(ctx.deps, { issuerId: issuer, address: ctx.address, session });
    }),

  /**
   * Goes on with `login` of `auth.startOidc`, once, when the browser has come back to `url`. `loggedIn`: there is a new session.
   * `linked`: the caller's account has the log-in now; if it had it before, the caller has proved once more who they are. `new`: no account has it, so `auth.registerOidc` or `auth.linkOidc` goes on
   * within ten minutes, with the `login` in this answer; `account` is who has the address that the service has verified, and
   * `hasPassword` whether there is a password to log in to that account with.
   * @throws `LOGIN_EXPIRED`, `ISSUER_REFUSED`, `ISSUER_UNAVAILABLE`, `USER_DISABLED`, `EMAIL_NOT_VERIFIED`, `IDENTITY_TAKEN`,
   * `ADDRESS_DIFFERS`, `PROOF_REQUIRED` for one that was begun in another session, `TOO_MANY_REQUESTS`
   */
  finishOidc: publicProcedure
    .meta({ repeat: 'again' })
    .input(z.object({ login: linkToken, url: callbackUrl, device: deviceName.optional() }))
    .output(finished)
    .mutation(({ ctx, input }) =>
      finishLogin(ctx.deps, {
        ...input,
        address: ctx.address,
        session: () => sessionOf(ctx, 'auth.finishOidc', 'mutation'),
      }),
    ),

  /**
   * Makes an account without a password for a log-in that no account has, with the address that the service has given, and starts a
   * session. The name is as in `auth.register`.
   * @throws `LOGIN_EXPIRED`, `USERNAME_TAKEN`, `IDENTITY_TAKEN`, `EMAIL_NOT_VERIFIED` where that is required, `TOO_MANY_REQUESTS`
   */
  registerOidc: publicProcedure
    .meta({ repeat: 'again' })
    .input(z.object({ login: linkToken, username: chosenName, device: deviceName.optional() }))
    .output(opened)
    .mutation(({ ctx, input }) =>
      registerByLogin(ctx.deps, {
        ...input,
        username: parseName(newUsername, input.username),
        address: ctx.address,
      }),
    ),

  /**
   * Links a log-in that no account has with the caller's, whose e-mail address the service must have verified. Needs a session whose
   * user has proved within 10 minutes who they are.
   * @throws `LOGIN_EXPIRED`, `ADDRESS_DIFFERS`, `IDENTITY_TAKEN`, `PROOF_REQUIRED`, `MANAGED_BY_HOST`
   */
  linkOidc: authedProcedure
    .input(z.object({ login: linkToken }))
    .output(z.void())
    .mutation(({ ctx, input }) => linkLogin(ctx.deps, ctx.session, input.login)),

  /** Whether the caller's account has a password, and the log-ins that are linked with it. */
  listOidc: authedProcedure.output(waysIn).query(({ ctx }) => listWaysIn(ctx.deps, ctx.session.username)),

  /**
   * Unlinks a log-in from the caller's account, and ends the other sessions that were begun with it. Needs a session whose user has
   * proved within 10 minutes who they are.
   * @throws `IDENTITY_NOT_FOUND`, also for one of another user, `LAST_WAY_IN` where there is neither a password nor another log-in,
   * `PROOF_REQUIRED`, `MANAGED_BY_HOST`
   */
  unlinkOidc: authedProcedure
    .input(z.object({ id: rowId }))
    .output(z.void())
    .mutation(({ ctx, input }) => unlinkIdentity(ctx.deps, ctx.session, input.id)),
};

/** Named, so that the declaration of the router refers to them with their comments. */
type AuthProcedures = typeof accountProcedures & typeof authFactors;

export const authRouter: ReturnType<typeof router<AuthProcedures>> = router<AuthProcedures>({
  ...accountProcedures,
  ...authFactors,
});
