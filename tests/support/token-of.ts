/** The token of a log-in whose user has no second factor. */
export async function tokenOf(login: Promise<{ token: string | null }>): Promise<string> {
  const { token } = await login;
  if (token === null) throw new Error('the log-in asks for a second factor');
  return token;
}
