import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import {
  avatarUrl,
  countWords,
  description,
  email,
  maxDescriptionWords,
  username,
} from '../../core/validation.ts';
import type { HostUser } from './authenticate.ts';

const hostUser = z.object({
  // Rejected rather than trimmed: trimming could merge two users of the host.
  username: username.refine((name) => name === name.trim(), 'has white space at its ends'),
  email: email.nullish().catch(undefined),
  avatarUrl: avatarUrl.nullish().catch(undefined),
  description: description
    .refine((text) => countWords(text) <= maxDescriptionWords)
    .nullish()
    .catch(undefined),
});

/** Validates what `authenticate` returned. An invalid name is an error; other invalid fields are omitted. Both are logged. */
export function parseHostUser(answer: unknown, log: Logger): HostUser {
  const { data, error } = hostUser.safeParse(answer);
  if (error) {
    const issues = error.issues.map(({ path, message }) => `${path.join('.') || 'the result'}: ${message}`);
    log.error({ issues }, 'authenticate returned an invalid user, who is rejected');
    throw new AppError('MANAGED_BY_HOST', {
      message: 'this user name is not supported',
      hidden: 'UNAUTHORIZED',
    });
  }
  const given = answer as HostUser; // safe: it has been validated
  const omitted = (['email', 'avatarUrl', 'description'] as const).filter(
    (field) => given[field] !== undefined && data[field] === undefined,
  );
  if (omitted.length > 0)
    log.warn(
      { username: data.username, omitted },
      'authenticate returned invalid profile fields, which are ignored',
    );
  return data;
}
