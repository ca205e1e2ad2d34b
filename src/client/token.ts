/** A token, or none yet. A function is called before each request and each connection, so that the token may come later, or change. */
export type TokenSource = Token | (() => Token | Promise<Token>);

type Token = string | null | undefined;

export async function currentToken(source: TokenSource): Promise<string | undefined> {
  return (typeof source === 'function' ? await source() : source) ?? undefined;
}

export async function authorization(source: TokenSource): Promise<Record<string, string>> {
  const token = await currentToken(source);
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
