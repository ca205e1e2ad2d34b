import { AppError, type Reason } from '../server/core/errors.ts';
import { idempotencyKeyForm } from '../server/core/idempotency-key.ts';
import type { Deps } from '../server/services/shared/deps.ts';
import type { LegacyError, LegacyErrors } from './route.ts';

/** Replies that most routes of the original share. A route overrides them with `errors`. */
const sharedReplies: LegacyErrors = {
  UNAUTHORIZED: [401, 'unauthorized'],
  DESCRIPTION_TOO_LONG: [400, 'You are talking too much in the description'],
  MANAGED_BY_HOST: [403, 'accounts are managed by the application that this chat is part of'],
  USERNAME_TAKEN: [400, ' the user already exists'],
  EMAIL_TAKEN: [400, ' the user already exists'],
  ROOM_NAME_TAKEN: [400, 'room already exists'],
  MESSAGE_NOT_FOUND: [404, 'message not found or unauthorized access'],
  USER_NOT_FOUND: [404, 'user not found'],
  ROOM_NOT_FOUND: [404, 'room not found'],
  ROOM_LIMIT: [400, 'you have created the maximum number of rooms'],
  MEMBERSHIP_LIMIT: [400, 'you are in the maximum number of rooms'],
  PROOF_REQUIRED: [403, 'prove first that it is you: log in again'],
  EMAIL_NOT_VERIFIED: [403, 'verify your email address first: a link has been mailed to it'],
  WEAK_PASSWORD: [400, 'choose a better password: at least 8 characters, not a common one and not your name'],
  NOT_A_MEMBER: [403, 'you are not in this room'],
  PASSWORD_REQUIRED: [403, 'password required'],
  WRONG_PASSWORD: [403, 'wrong password'],
  SLOW_MODE: [429, 'slow mode: wait before you send another message'],
  TOO_MANY_REQUESTS: [429, 'too many requests'],
  IDEMPOTENCY_KEY_REUSED: [422, 'this Idempotency-Key was used for another request'],
  UNAVAILABLE: [503, 'the service is unavailable for the moment, try again'],
};

/** Reply for an Idempotency-Key that is none. */
export const invalidKey: LegacyError = [400, idempotencyKeyForm];

/** Reply for a known path with an unsupported method. */
export const wrongMethod: LegacyError = [405, 'method not allowed'];

/** The reply for a reason; `errors` are the route's own replies. */
export function replyFor(reason: Reason, errors: LegacyErrors = {}): LegacyError | undefined {
  return errors[reason] ?? sharedReplies[reason];
}

/** The reply for an error thrown by a procedure; undefined for anything but an AppError with a reply. */
export function toLegacyError(
  error: unknown,
  { errors, config }: { errors: LegacyErrors | undefined; config: Deps['config'] },
): LegacyError | undefined {
  if (!(error instanceof AppError)) return undefined;
  const reply = replyFor(error.hidden ?? error.reason, errors);
  if (!reply?.[1].includes('{')) return reply;
  const [status, text, more = {}] = reply;
  return [status, text.replace('{maxPublicRooms}', String(config.maxPublicRooms)), more];
}
