import { text as readAll } from 'node:stream/consumers';
import { password as passwordSchema } from '../server/core/validation.ts';
import { newPassword } from '../server/services/accounts/accounts.ts';
import { parseWith } from './arguments.ts';
import { askNewPassword } from './prompt.ts';

export interface PasswordOptions {
  passwordStdin?: boolean;
  generate?: boolean;
}

/**
 * Reads or generates a new password. It is never an argument, because other users of the machine can read those.
 * `generated` is true if the password still has to be shown to the user.
 */
export async function takePassword({ passwordStdin, generate }: PasswordOptions) {
  if (generate) return { password: newPassword(), generated: true };
  const given = passwordStdin ? (await readAll(process.stdin)).replace(/\r?\n$/, '') : await askNewPassword();
  return { password: parseWith(passwordSchema, given, 'the password'), generated: false };
}
