/** An authenticated session. */
export interface Session {
  /** The id of the session, not its token. */
  id: number;
  /** The owner of the session. */
  username: string;
  /** Whether the session belongs to a token of the host application, which must keep confirming it. */
  fromHost?: boolean | undefined;
}
