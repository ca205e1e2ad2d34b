import { TRPCError } from '@trpc/server';
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';

/** Every refusal of Mirage: the tRPC code (and with it the HTTP status) and the wording. */
const refusals = {
  INVALID_INPUT: ['BAD_REQUEST', 'invalid input'],
  DESCRIPTION_TOO_LONG: ['BAD_REQUEST', 'a description has at most 500 words'],
  UNAUTHORIZED: ['UNAUTHORIZED', 'unauthorized'],
  INVALID_TICKET: ['UNAUTHORIZED', 'the ticket is unknown, used or expired'],
  INVALID_CREDENTIALS: ['UNAUTHORIZED', 'unknown user or wrong password'],
  SESSION_NOT_FOUND: ['NOT_FOUND', 'session not found'],
  MANAGED_BY_HOST: ['FORBIDDEN', 'accounts are managed by the application that this chat is part of'],
  USER_DISABLED: ['FORBIDDEN', 'this account is disabled'],
  USER_NOT_FOUND: ['NOT_FOUND', 'user not found'],
  USERNAME_TAKEN: ['CONFLICT', 'username is taken'],
  EMAIL_TAKEN: ['CONFLICT', 'email address is taken'],
  RECIPIENT_NOT_FOUND: ['NOT_FOUND', 'recipient not found'],
  MESSAGE_NOT_FOUND: ['NOT_FOUND', 'message not found'],
  ROOM_NOT_FOUND: ['NOT_FOUND', 'room not found'],
  ROOM_NAME_TAKEN: ['CONFLICT', 'room name is taken'],
  PUBLIC_ROOM_LIMIT: ['CONFLICT', 'maximum number of public rooms reached'],
  NOT_A_MEMBER: ['FORBIDDEN', 'you are not in this room'],
  NOT_THE_CREATOR: ['FORBIDDEN', 'only the creator of a room may do this'],
  PASSWORD_REQUIRED: ['FORBIDDEN', 'password required'],
  WRONG_PASSWORD: ['FORBIDDEN', 'wrong password'],
  TOO_MANY_REQUESTS: ['TOO_MANY_REQUESTS', 'too many requests'],
  TOO_MANY_SUBSCRIPTIONS: ['TOO_MANY_REQUESTS', 'too many subscriptions'],
  TOO_SLOW: ['TIMEOUT', 'events were read too slowly'],
  NO_SUCH_PROCEDURE: ['NOT_FOUND', 'no such procedure'],
  WRONG_METHOD: ['METHOD_NOT_SUPPORTED', 'wrong method for this procedure'],
  WRONG_CONTENT_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'content type must be application/json'],
  TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'request is too large'],
  UNAVAILABLE: ['SERVICE_UNAVAILABLE', 'the service is unavailable for the moment, try again'],
  INTERNAL: ['INTERNAL_SERVER_ERROR', 'internal server error'],
} as const satisfies Record<string, readonly [TRPC_ERROR_CODE_KEY, message: string]>;

/** Why something was refused. A client branches on it; the wording may change. */
export type Reason = keyof typeof refusals;

/** What an {@link AppError} says beside its reason. */
export interface ErrorDetails {
  /** For what may go well later: in how many milliseconds to try again. */
  retryAfterMs?: number;
  /** In place of the usual wording, where it can be more exact. */
  message?: string;
  /** Told to callers within the process alone, never sent: what the answer keeps from strangers. */
  hidden?: Reason;
}

/**
 * A refusal by the rules. It is a TRPCError itself, because what a subscription throws meets no middleware on its
 * way out: as a plain Error it would reach the client as an outage, to be answered by reconnecting.
 */
export class AppError extends TRPCError {
  /** What to branch on. */
  readonly reason: Reason;
  /** Milliseconds after which it may go well, where it may. */
  readonly retryAfterMs: number | undefined;
  /** Told to callers within the process alone, never sent. */
  readonly hidden: Reason | undefined;

  constructor(reason: Reason, { retryAfterMs, message, hidden }: ErrorDetails = {}) {
    const [code, usual] = refusals[reason];
    super({ code, message: message ?? usual });
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.hidden = hidden;
  }
}

/** What tRPC itself refuses, before any rule of ours is asked. */
const reasonsOfCodes: Partial<Record<TRPC_ERROR_CODE_KEY, Reason>> = {
  BAD_REQUEST: 'INVALID_INPUT',
  PARSE_ERROR: 'INVALID_INPUT',
  NOT_FOUND: 'NO_SUCH_PROCEDURE',
  METHOD_NOT_SUPPORTED: 'WRONG_METHOD',
  UNSUPPORTED_MEDIA_TYPE: 'WRONG_CONTENT_TYPE',
  PAYLOAD_TOO_LARGE: 'TOO_LARGE',
};

export function reasonOf(error: TRPCError): Reason {
  return error instanceof AppError ? error.reason : (reasonsOfCodes[error.code] ?? 'INTERNAL');
}

/** The same for anything thrown: what is no refusal was not foreseen. */
export const reasonOfUnknown = (error: unknown): Reason =>
  error instanceof TRPCError ? reasonOf(error) : 'INTERNAL';
