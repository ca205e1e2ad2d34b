import { TRPCError } from '@trpc/server';
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';

/** Every error that callers may see: its tRPC code, which determines the HTTP status, and its message. */
const definitions = {
  INVALID_INPUT: ['BAD_REQUEST', 'invalid input'],
  DESCRIPTION_TOO_LONG: ['BAD_REQUEST', 'a description has at most 500 words'],
  UNAUTHORIZED: ['UNAUTHORIZED', 'unauthorized'],
  INVALID_TICKET: ['UNAUTHORIZED', 'the ticket is unknown, used or expired'],
  INVALID_CREDENTIALS: ['UNAUTHORIZED', 'unknown user or wrong password'],
  OUT_OF_SCOPE: ['FORBIDDEN', 'the access token does not allow this'],
  CHALLENGE_EXPIRED: ['UNAUTHORIZED', 'the log-in took too long or was tried too often: begin again'],
  WRONG_CODE: ['FORBIDDEN', 'wrong code, or one that was used before'],
  INVALID_PASSKEY: ['FORBIDDEN', 'the passkey is unknown, or what it signed is wrong or was used before'],
  PASSKEYS_OFF: [
    'FORBIDDEN',
    'this server takes no passkeys: its PUBLIC_URL is missing, or not one of https',
  ],
  PASSKEY_LIMIT: ['CONFLICT', 'you have the maximum number of passkeys'],
  FACTOR_NOT_FOUND: ['NOT_FOUND', 'there is no such second factor'],
  SECOND_FACTOR_REQUIRED: ['FORBIDDEN', 'this needs a second factor'],
  PROOF_REQUIRED: ['FORBIDDEN', 'prove first that it is you: log in again, or call auth.confirm'],
  SESSION_NOT_FOUND: ['NOT_FOUND', 'session not found'],
  TOKEN_NOT_FOUND: ['NOT_FOUND', 'access token not found'],
  TOKEN_LIMIT: ['CONFLICT', 'you have the maximum number of access tokens'],
  MANAGED_BY_HOST: ['FORBIDDEN', 'accounts are managed by the application that this chat is part of'],
  USER_DISABLED: ['FORBIDDEN', 'this account is disabled'],
  USER_NOT_FOUND: ['NOT_FOUND', 'user not found'],
  USERNAME_TAKEN: ['CONFLICT', 'username is taken'],
  EMAIL_NOT_VERIFIED: ['FORBIDDEN', 'verify your email address first: a link has been mailed to it'],
  LINK_EXPIRED: ['NOT_FOUND', 'the link is unknown, used or expired'],
  ISSUER_NOT_FOUND: ['NOT_FOUND', 'there is no such log-in on this server'],
  ISSUER_UNAVAILABLE: ['UNPROCESSABLE_CONTENT', 'the log-in service does not answer: try again later'],
  ISSUER_REFUSED: ['FORBIDDEN', 'the log-in service has not confirmed who you are'],
  LOGIN_EXPIRED: ['NOT_FOUND', 'the log-in is unknown, used or expired: start again'],
  IDENTITY_NOT_FOUND: ['NOT_FOUND', 'linked log-in not found'],
  IDENTITY_TAKEN: ['CONFLICT', 'this log-in belongs to an account already'],
  ADDRESS_DIFFERS: ['FORBIDDEN', 'the log-in service has not verified the email address of this account'],
  LAST_WAY_IN: ['CONFLICT', 'this is the only way to log in to the account: set a password first'],
  MAIL_OFF: ['FORBIDDEN', 'this server sends no mail'],
  WEAK_PASSWORD: [
    'BAD_REQUEST',
    'a new password has at least 8 characters, is not a common one, and not your name or email address',
  ],
  EMAIL_TAKEN: ['CONFLICT', 'email address is taken'],
  RECIPIENT_NOT_FOUND: ['NOT_FOUND', 'recipient not found'],
  RECIPIENT_UNAVAILABLE: ['FORBIDDEN', 'this user does not take messages from you'],
  BLOCK_LIMIT: ['CONFLICT', 'you have blocked the maximum number of users'],
  FILE_NOT_FOUND: ['NOT_FOUND', 'file not found'],
  FILE_TYPE_NOT_ALLOWED: ['UNSUPPORTED_MEDIA_TYPE', 'files of this type are not allowed'],
  NOT_A_PICTURE: ['UNSUPPORTED_MEDIA_TYPE', 'the file is no picture that can be read'],
  FILE_QUOTA: ['PAYLOAD_TOO_LARGE', 'there is no room left for your files: delete some first'],
  TOO_MANY_UPLOADS: ['TOO_MANY_REQUESTS', 'you are uploading as many files as you may at a time'],
  FILES_OFF: ['FORBIDDEN', 'this server takes no files'],
  MESSAGE_NOT_FOUND: ['NOT_FOUND', 'message not found'],
  NOT_THE_SENDER: ['FORBIDDEN', 'only the sender of a message may do this'],
  EDIT_WINDOW_OVER: ['FORBIDDEN', 'this message can no longer be edited'],
  TOO_MANY_REACTIONS: ['CONFLICT', 'you have too many reactions on this message'],
  CLIENT_ID_REUSED: ['CONFLICT', 'this clientId was used for another message'],
  IDEMPOTENCY_KEY_REUSED: ['UNPROCESSABLE_CONTENT', 'this Idempotency-Key was used for another request'],
  ALREADY_DONE: ['CONFLICT', 'this request was already carried out; its answer was not kept'],
  ROOM_NOT_FOUND: ['NOT_FOUND', 'room not found'],
  ROOM_NAME_TAKEN: ['CONFLICT', 'room name is taken'],
  KEPT_ROOMS_OFF: ['FORBIDDEN', 'this server keeps no messages of rooms'],
  ROOM_NOT_KEPT: ['CONFLICT', 'the messages of this room are not kept'],
  PUBLIC_ROOM_LIMIT: ['CONFLICT', 'maximum number of public rooms reached'],
  ROOM_LIMIT: ['CONFLICT', 'you have created the maximum number of rooms'],
  MEMBERSHIP_LIMIT: ['CONFLICT', 'you are a member of the maximum number of rooms'],
  NOT_A_MEMBER: ['FORBIDDEN', 'you are not in this room'],
  NOT_THE_CREATOR: ['FORBIDDEN', 'only the creator of a room may do this'],
  ROLE_REQUIRED: ['FORBIDDEN', 'your role in this room does not allow this'],
  LAST_OWNER: ['CONFLICT', 'a room needs an owner: make somebody else one first'],
  BAN_LIMIT: ['CONFLICT', 'this room has the maximum number of bans'],
  INVITE_LIMIT: ['CONFLICT', 'this room has the maximum number of invitations'],
  PIN_LIMIT: ['CONFLICT', 'this room has the maximum number of pinned messages'],
  INVITE_NOT_FOUND: ['NOT_FOUND', 'the invitation is unknown, expired or used up'],
  SLOW_MODE: ['TOO_MANY_REQUESTS', 'slow mode: wait before you send another message'],
  PASSWORD_REQUIRED: ['FORBIDDEN', 'password required'],
  WRONG_PASSWORD: ['FORBIDDEN', 'wrong password'],
  TOO_MANY_REQUESTS: ['TOO_MANY_REQUESTS', 'too many requests'],
  TOO_MANY_SUBSCRIPTIONS: ['TOO_MANY_REQUESTS', 'too many subscriptions'],
  TOO_SLOW: ['TIMEOUT', 'the client reads events too slowly'],
  NO_SUCH_PROCEDURE: ['NOT_FOUND', 'no such procedure'],
  WRONG_METHOD: ['METHOD_NOT_SUPPORTED', 'wrong method for this procedure'],
  WRONG_CONTENT_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'content type must be application/json'],
  TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'request is too large'],
  FILE_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'the file is too large'],
  STORAGE_FULL: ['SERVICE_UNAVAILABLE', 'the server has no room for more files'],
  ANSWER_TOO_LARGE: ['UNPROCESSABLE_CONTENT', 'the answer would exceed 1 MB'],
  ABORTED: ['CLIENT_CLOSED_REQUEST', 'the caller has aborted the call'],
  UNAVAILABLE: ['SERVICE_UNAVAILABLE', 'the service is unavailable for the moment, try again'],
  INTERNAL: ['INTERNAL_SERVER_ERROR', 'internal server error'],
} as const satisfies Record<string, readonly [TRPC_ERROR_CODE_KEY, message: string]>;

/** Identifies an error. Clients branch on it; the message may change. */
export type Reason = keyof typeof definitions;

/** A field of the input that is invalid. `path` is empty for the input as a whole. */
export interface Issue {
  /** The names of the fields that lead to it, joined by dots. */
  path: string;
  /** What is wrong, for developers. */
  message: string;
}

/** The optional fields of an {@link AppError}. */
export interface ErrorDetails {
  /** For transient errors: the delay in milliseconds before a retry. */
  retryAfterMs?: number;
  /** A more specific message than the default one. */
  message?: string;
  /** For 'INVALID_INPUT': the invalid fields. */
  issues?: Issue[];
  /** For 'ALREADY_DONE': the id of what was made. */
  id?: number | string;
  /** What was thrown originally, if anything. */
  cause?: unknown;
  /** A more precise reason that only code in this process may see; it is never sent to clients. */
  hidden?: Reason;
}

/**
 * An expected error with a {@link Reason}. It extends TRPCError because errors thrown by a subscription pass through no
 * middleware: a plain Error would reach the client as an outage, and the client would reconnect.
 */
export class AppError extends TRPCError {
  /** Identifies the error. */
  readonly reason: Reason;
  /** For transient errors: the delay in milliseconds before a retry. */
  readonly retryAfterMs: number | undefined;
  /** The invalid fields, for 'INVALID_INPUT'. */
  readonly issues: Issue[] | undefined;
  /** What was made, for 'ALREADY_DONE'. */
  readonly id: number | string | undefined;
  /** A more precise reason for code in this process; never sent to clients. */
  readonly hidden: Reason | undefined;

  constructor(reason: Reason, { retryAfterMs, message, issues, id, cause, hidden }: ErrorDetails = {}) {
    const [code, defaultMessage] = definitions[reason];
    super({ code, message: message ?? defaultMessage, ...(cause !== undefined && { cause }) });
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.issues = issues;
    this.id = id;
    this.hidden = hidden;
  }
}

/** Reasons for the errors that tRPC throws itself. */
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

/** As {@link reasonOf}, for any thrown value: unexpected errors are 'INTERNAL'. */
export const reasonOfUnknown = (error: unknown): Reason =>
  error instanceof TRPCError ? reasonOf(error) : 'INTERNAL';
