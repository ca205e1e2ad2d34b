import type { Deps } from '../server/context.ts';
import { AppError } from '../server/errors.ts';
import type { Caller } from '../server/routers/app-router.ts';
import { createAccount } from '../server/services/accounts.ts';
import { hashPassword, nobodysHash } from '../server/services/passwords.ts';
import { startSession } from '../server/services/sessions.ts';
import { newUsername } from '../server/text.ts';

/** What an account of a test may have. */
export interface NewTestUser {
  /** `<username>@example.com` unless said. */
  email?: string;
  /** Without one the user cannot log in, and there is none to hash, which takes longer than all else. */
  password?: string;
}

/** The API as one user has it. */
export type TestUser = Caller & {
  /** Trimmed, otherwise as given. */
  readonly username: string;
  /** Opens the user's session, for clients and requests. */
  readonly token: string;
};

/** An account and its first session, made without the procedures that hash a password twice. */
export async function addTestUser(
  deps: Deps,
  callerOf: (token: string) => Caller,
  given: string,
  { email = `${given}@example.com`, password }: NewTestUser = {},
): Promise<TestUser> {
  const { data: username, error } = newUsername.safeParse(given);
  if (error) throw new AppError('INVALID_INPUT', { message: `username: ${error.issues[0]?.message}` });
  const passwordHash = password === undefined ? nobodysHash : await hashPassword(password);
  await createAccount(deps, { username, email, passwordHash });
  const token = await startSession(deps, { username, passwordHash });
  if (token === undefined) throw new Error(`the account of ${username} was changed while it was made`);
  const { auth, users, inbox, chat } = callerOf(token);
  return { username, token, auth, users, inbox, chat };
}
