import type { TRPCClient, TRPCClientError } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type * as flat from 'flat-api';
import type { AppRouter, PresenceEvent, Reason, UploadedFile } from '../../../src/client/api.ts';

/** Equal to the last modifier; assignability would ignore some differences. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The paths at which two records of records differ or that only one of them has. */
type Differing<A, B> = {
  [R in (keyof A | keyof B) & string]: R extends keyof A & keyof B
    ? {
        [P in (keyof A[R] | keyof B[R]) & string]: P extends keyof A[R] & keyof B[R]
          ? Same<A[R][P], B[R][P]> extends true
            ? never
            : `${R}.${P}`
          : `${R}.${P}`;
      }[(keyof A[R] | keyof B[R]) & string]
    : R;
}[(keyof A | keyof B) & string];

// A difference is a compile error that names the procedures.
type None<Path extends never> = Path;

export type Inputs = None<Differing<inferRouterInputs<AppRouter>, inferRouterInputs<flat.AppRouter>>>;
export type Outputs = None<Differing<inferRouterOutputs<AppRouter>, inferRouterOutputs<flat.AppRouter>>>;
/** Queries, mutations and subscriptions with inputs, outputs, events and errors. */
export type Calls = None<Differing<TRPCClient<AppRouter>, TRPCClient<flat.AppRouter>>>;

type Both<Name extends string, A, B> = Same<A, B> extends true ? never : Name;
export type Reasons = None<Both<'Reason', Reason, flat.Reason>>;
export type Presence = None<Both<'PresenceEvent', PresenceEvent, flat.PresenceEvent>>;
export type Uploaded = None<Both<'UploadedFile', UploadedFile, flat.UploadedFile>>;
export type Errors = None<
  Both<'errors', TRPCClientError<AppRouter>['data'], TRPCClientError<flat.AppRouter>['data']>
>;
