/** An authenticated session, or the use of an access token. */
export interface Session {
  /** The id of the session, not its token. */
  id: number;
  /** The owner of the session. */
  username: string;
  /** Whether the session belongs to a token of the host application, which must keep confirming it. */
  fromHost?: boolean | undefined;
  /** Of an access token: what it may call, such as `chat:read`. Undefined for a session, which may call everything. */
  scopes?: readonly string[] | undefined;
  /** When it expires, in milliseconds since 1970; known of access tokens. */
  expiresAtMs?: number | undefined;
}
