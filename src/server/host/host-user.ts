import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { avatarUrl, countWords, description, email, maxDescriptionWords, username } from '../text.ts';
import type { HostUser } from './authenticate.ts';

const hostUser = z.object({
  // Not trimmed here: two users of the host could become one.
  username: username.refine((name) => name === name.trim(), 'has white space at its ends'),
  email: email.nullish().catch(undefined),
  avatarUrl: avatarUrl.nullish().catch(undefined),
  description: description
    .refine((text) => countWords(text) <= maxDescriptionWords)
    .nullish()
    .catch(undefined),
});

/** Only the name must be right: what else cannot be stored is left out. The log has it either way. */
export function parseHostUser(answer: unknown, log: Logger): HostUser {
  const { data, error } = hostUser.safeParse(answer);
  if (error) {
    const issues = error.issues.map(({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`);
    log.error({ issues }, 'what authenticate gives cannot be used: its user is refused');
    throw new AppError('MANAGED_BY_HOST', {
      message: 'the name of this user cannot be used here',
      hidden: 'UNAUTHORIZED',
    });
  }
  const given = answer as HostUser; // safe: it has been parsed
  const omitted = (['email', 'avatarUrl', 'description'] as const).filter(
    (field) => given[field] !== undefined && data[field] === undefined,
  );
  if (omitted.length > 0)
    log.warn({ username: data.username, omitted }, 'what authenticate says of a user cannot be stored');
  return data;
}
