import type { Deps } from '../server/context.ts';
import { AppError, type Reason } from '../server/errors.ts';
import type { LegacyError, LegacyErrors } from './route.ts';

/** What the original said, wherever it said so alike. A route may differ; the table says where. */
const usual: LegacyErrors = {
  UNAUTHORIZED: [401, 'unauthorized'],
  DESCRIPTION_TOO_LONG: [400, 'You are talking too much in the description'],
  MANAGED_BY_HOST: [403, 'accounts are managed by the application that this chat is part of'],
  USERNAME_TAKEN: [400, ' the user already exists'],
  EMAIL_TAKEN: [400, ' the user already exists'],
  ROOM_NAME_TAKEN: [400, 'room already exists'],
  MESSAGE_NOT_FOUND: [404, 'message not found or unauthorized access'],
  USER_NOT_FOUND: [404, 'user not found'],
  ROOM_NOT_FOUND: [404, 'room not found'],
  NOT_A_MEMBER: [403, 'you are not in this room'],
  PASSWORD_REQUIRED: [403, 'password required'],
  WRONG_PASSWORD: [403, 'wrong password'],
  TOO_MANY_REQUESTS: [429, 'too many requests'],
  UNAVAILABLE: [503, 'the service is unavailable for the moment, try again'],
};

/** To whoever asks a path that is there for something else than it does. */
export const wrongMethod: LegacyError = [405, 'method not allowed'];

/** What a route says for a reason, as the table has it. */
export function replyFor(reason: Reason, errors: LegacyErrors = {}): LegacyError | undefined {
  return errors[reason] ?? usual[reason];
}

/** The reply to what a procedure threw, or none if that was no refusal but a fault. */
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
