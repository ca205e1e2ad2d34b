import type { Caller } from '../server/api/app-router.ts';
import { AppError } from '../server/core/errors.ts';
import { newUsername } from '../server/core/validation.ts';
import { createAccount } from '../server/services/accounts/accounts.ts';
import { startSession } from '../server/services/sessions/sessions.ts';
import type { Deps } from '../server/services/shared/deps.ts';
import { dummyHash, hashPassword } from '../server/services/shared/passwords.ts';

/** Options of a test account. */
export interface NewTestUser {
  /** Defaults to `<username>@example.com`. */
  email?: string;
  /** Without a password the user cannot log in, and the slow hashing is skipped. */
  password?: string;
}

/** The API for one logged-in user. */
export type TestUser = Caller & {
  /** The given name, trimmed. */
  readonly username: string;
  /** The token of the user's session, for clients and requests. */
  readonly token: string;
};

/** Creates an account and its first session without the procedures, which would hash the password twice. */
export async function addTestUser(
  deps: Deps,
  callerOf: (token: string) => Caller,
  given: string,
  { email = `${given}@example.com`, password }: NewTestUser = {},
): Promise<TestUser> {
  const { data: username, error } = newUsername.safeParse(given);
  if (error) throw new AppError('INVALID_INPUT', { message: `username: ${error.issues[0]?.message}` });
  const passwordHash = password === undefined ? dummyHash : await hashPassword(password);
  await createAccount(deps, { username, email, passwordHash });
  const token = await startSession(deps, { username, passwordHash, method: 'password' });
  if (token === undefined) throw new Error(`the account of ${username} was changed while being created`);
  const { auth, users, inbox, chat, server } = callerOf(token);
  return { username, token, auth, users, inbox, chat, server };
}
