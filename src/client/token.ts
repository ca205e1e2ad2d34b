/** A function is asked before each request and each connection, so that a token may come later, or change. */
export type TokenSource = string | (() => string | undefined | Promise<string | undefined>) | undefined;

export async function currentToken(source: TokenSource): Promise<string | undefined> {
  return typeof source === 'function' ? source() : source;
}

export async function authorization(source: TokenSource): Promise<Record<string, string>> {
  const token = await currentToken(source);
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
