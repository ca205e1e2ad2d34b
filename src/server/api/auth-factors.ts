import { z } from 'zod';
import { madePasskey, usedPasskey } from '../core/passkeys.ts';
import { deviceName, factorCode, linkToken, password, rowId, tokenName } from '../core/validation.ts';
import { confirm, startConfirm } from '../services/factors/confirm.ts';
import { listFactors, newRecoveryCodes, removeFactor } from '../services/factors/factors.ts';
import { finishLogin, finishPasskeyLogin, startPasskeyLogin } from '../services/factors/second-step.ts';
import {
  finishPasskey,
  finishTotp,
  type Owner,
  ownerByChallenge,
  ownerBySession,
  startPasskey,
  startTotp,
} from '../services/factors/set-up.ts';
import type { Context } from './context.ts';
import {
  creationOptions,
  factors,
  newTotp,
  opened,
  recoveryCodes,
  requestOptions,
  setUp,
  waysToConfirm,
} from './outputs/auth-factors.ts';
import { sessionOf } from './session.ts';
import { authedProcedure, publicProcedure } from './trpc.ts';

const byChallenge = z.object({ challenge: linkToken.optional() });

/** Who sets up a factor: the user of the challenge, who is not logged in yet, or else that of the session. */
async function ownerOf(ctx: Context, path: string, challenge: string | undefined): Promise<Owner> {
  if (challenge !== undefined) return ownerByChallenge(ctx.deps, challenge);
  return ownerBySession(ctx.deps, await sessionOf(ctx, path, 'mutation'));
}

const oneOf = (names: readonly string[], given: Record<string, unknown>) =>
  names.filter((name) => given[name] !== undefined).length === 1;

/** Procedures of `auth` about second factors and passkeys. Their answers hold secrets, so that none is kept. */
export const authFactors = {
  /**
   * The second step of a log-in that was answered with a `challenge`: takes a `code` of the authenticator app or a recovery code, or a
   * `passkey`. A challenge works once, for 5 minutes and 5 attempts, and not after the password has changed.
   * @throws `CHALLENGE_EXPIRED`, `WRONG_CODE`, `INVALID_PASSKEY`, `TOO_MANY_REQUESTS` after 10 failures in 15 minutes, wrong passwords
   * or those of `auth.confirm` included
   */
  finishLogin: publicProcedure
    .meta({ repeat: 'again' })
    .input(
      z
        .object({ challenge: linkToken, code: factorCode.optional(), passkey: usedPasskey.optional() })
        .refine((given) => oneOf(['code', 'passkey'], given), 'takes either a code or a passkey'),
    )
    .output(opened)
    .mutation(({ ctx, input }) => finishLogin(ctx.deps, { ...input, address: ctx.address })),

  /**
   * What a browser needs to log in with a passkey in place of name and password. The same for everybody.
   * @throws `PASSKEYS_OFF`
   */
  startPasskeyLogin: publicProcedure
    .meta({ repeat: 'again' })
    .output(requestOptions)
    .mutation(({ ctx }) => startPasskeyLogin(ctx.deps)),

  /**
   * Starts a new session with a passkey that has verified its user, within 5 minutes and once.
   * @throws `INVALID_PASSKEY`, `PASSKEYS_OFF`, `USER_DISABLED`, `EMAIL_NOT_VERIFIED`, `TOO_MANY_REQUESTS`
   */
  finishPasskeyLogin: publicProcedure
    .meta({ repeat: 'again' })
    .input(z.object({ passkey: usedPasskey, device: deviceName.optional() }))
    .output(opened)
    .mutation(({ ctx, input }) => finishPasskeyLogin(ctx.deps, { ...input, address: ctx.address })),

  /** The second factors of the user, and how many recovery codes are left. */
  listFactors: authedProcedure
    .output(factors)
    .query(({ ctx }) => listFactors(ctx.deps, ctx.session.username)),

  /**
   * Begins to set up an authenticator app, by a `secret` or the `uri` of a QR code. Needs a session whose user has proved within 10 minutes
   * who they are, or the `challenge` of a log-in that has no `methods` yet.
   * @throws `PROOF_REQUIRED`, `CHALLENGE_EXPIRED`, `MANAGED_BY_HOST`
   */
  startTotp: publicProcedure
    .meta({ repeat: 'again' })
    .input(byChallenge)
    .output(newTotp)
    .mutation(async ({ ctx, input }) =>
      startTotp(ctx.deps, await ownerOf(ctx, 'auth.startTotp', input.challenge)),
    ),

  /**
   * Sets up the app by a code of it, within 15 minutes; it takes the place of another one. With the first second factor there are ten
   * `recoveryCodes`, shown this once; with a `challenge` the `token` of a new session.
   * @throws `WRONG_CODE`, `FACTOR_NOT_FOUND`, `PROOF_REQUIRED`, `CHALLENGE_EXPIRED`, `MANAGED_BY_HOST`
   */
  finishTotp: publicProcedure
    .meta({ repeat: 'again' })
    .input(byChallenge.extend({ code: factorCode }))
    .output(setUp)
    .mutation(async ({ ctx, input }) =>
      finishTotp(ctx.deps, await ownerOf(ctx, 'auth.finishTotp', input.challenge), input.code),
    ),

  /**
   * What a browser needs to make a passkey; see `startTotp`.
   * @throws `PASSKEYS_OFF`, `PASSKEY_LIMIT` beyond 20, `PROOF_REQUIRED`, `CHALLENGE_EXPIRED`, `MANAGED_BY_HOST`
   */
  startPasskey: publicProcedure
    .meta({ repeat: 'again' })
    .input(byChallenge)
    .output(creationOptions)
    .mutation(async ({ ctx, input }) =>
      startPasskey(ctx.deps, await ownerOf(ctx, 'auth.startPasskey', input.challenge)),
    ),

  /**
   * Adds the passkey that was made, within 5 minutes; see `finishTotp`.
   * @throws `INVALID_PASSKEY`, `PASSKEYS_OFF`, `PASSKEY_LIMIT`, `PROOF_REQUIRED`, `CHALLENGE_EXPIRED`, `MANAGED_BY_HOST`
   */
  finishPasskey: publicProcedure
    .meta({ repeat: 'again' })
    .input(byChallenge.extend({ name: tokenName, passkey: madePasskey }))
    .output(setUp)
    .mutation(async ({ ctx, input }) =>
      finishPasskey(ctx.deps, await ownerOf(ctx, 'auth.finishPasskey', input.challenge), input),
    ),

  /**
   * Removes the authenticator app.
   * @throws `FACTOR_NOT_FOUND`, `SECOND_FACTOR_REQUIRED` for the last one where one is required, `PROOF_REQUIRED`, `MANAGED_BY_HOST`
   */
  removeTotp: authedProcedure
    .output(z.void())
    .mutation(({ ctx }) => removeFactor(ctx.deps, ctx.session, 'totp')),

  /**
   * Removes one of the user's own passkeys.
   * @throws `FACTOR_NOT_FOUND`, `SECOND_FACTOR_REQUIRED` for the last one where one is required, `PROOF_REQUIRED`, `MANAGED_BY_HOST`
   */
  removePasskey: authedProcedure
    .input(z.object({ id: rowId }))
    .output(z.void())
    .mutation(({ ctx, input }) => removeFactor(ctx.deps, ctx.session, { passkeyId: input.id })),

  /**
   * Makes ten new recovery codes, shown this once; those from before end.
   * @throws `FACTOR_NOT_FOUND` without a second factor, `PROOF_REQUIRED`, `MANAGED_BY_HOST`
   */
  newRecoveryCodes: authedProcedure
    .meta({ repeat: 'again' })
    .output(recoveryCodes)
    .mutation(({ ctx }) => newRecoveryCodes(ctx.deps, ctx.session)),

  /**
   * How the user can prove who they are, for `auth.confirm`. Without any of the `methods`, log in again: with another service,
   * `auth.startOidc` with `link` does as well.
   * @throws `MANAGED_BY_HOST`
   */
  startConfirm: authedProcedure
    .meta({ repeat: 'again' })
    .output(waysToConfirm)
    .mutation(({ ctx }) => startConfirm(ctx.deps, ctx.session)),

  /**
   * Proves who the user is, as `PROOF_REQUIRED` asks for: by a `code` or a `passkey` where there is a second factor, else by the `password`.
   * @throws `WRONG_PASSWORD`, `WRONG_CODE`, `INVALID_PASSKEY`, `SECOND_FACTOR_REQUIRED`, `MANAGED_BY_HOST`, `TOO_MANY_REQUESTS` after 10
   * wrong passwords, or 10 wrong codes and passkeys, log-ins included, in 15 minutes
   */
  confirm: authedProcedure
    .meta({ repeat: 'again' })
    .input(
      z
        .object({
          password: password.optional(),
          code: factorCode.optional(),
          passkey: usedPasskey.optional(),
        })
        .refine(
          (given) => oneOf(['password', 'code', 'passkey'], given),
          'takes one of password, code and passkey',
        ),
    )
    .output(z.void())
    .mutation(({ ctx, input }) => confirm(ctx.deps, ctx.session, input)),
};
