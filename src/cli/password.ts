import { text as readAll } from 'node:stream/consumers';
import { newPassword } from '../server/services/accounts.ts';
import { password as passwordSchema } from '../server/text.ts';
import { CommandError } from './failure.ts';
import { askNewPassword } from './prompt.ts';

export interface PasswordOptions {
  passwordStdin?: boolean;
  generate?: boolean;
}

/**
 * A new password from where its owner wants it: never from the arguments, which other users of the machine can read.
 * `generated` says that nobody has seen it yet.
 */
export async function takePassword({ passwordStdin, generate }: PasswordOptions) {
  if (generate) return { password: newPassword(), generated: true };
  const given = passwordStdin ? (await readAll(process.stdin)).replace(/\r?\n$/, '') : await askNewPassword();
  const { data, error } = passwordSchema.safeParse(given);
  if (data === undefined)
    throw new CommandError(`the password ${error?.issues[0]?.message ?? 'cannot be used'}`);
  return { password: data, generated: false };
}
