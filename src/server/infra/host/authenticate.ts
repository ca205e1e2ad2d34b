/** A user of the host application, as returned by {@link Authenticate}. */
export interface HostUser {
  /**
   * Identifies the user: 1 to 100 characters without leading or trailing white space, case-sensitive. It owns the user's
   * messages and rooms, so never reassign it to another person.
   */
  username: string;
  /** Fields that are present overwrite the profile each time; null clears them. Omitted fields are left to the user. */
  email?: string | null | undefined;
  /** The URL of a picture. */
  avatarUrl?: string | null | undefined;
  /** At most 500 words about the user. */
  description?: string | null | undefined;
}

/**
 * Resolves a token to its user, or to null if the token is invalid or expired. Called when a token is first seen, and
 * every 30 seconds while it is used. `signal` aborts after 5 seconds; while the function throws or times out, requests
 * with tokens of the host application get a 503.
 *
 * The token is untrusted caller input of up to 8192 characters.
 */
export type Authenticate = (
  token: string,
  options: { signal: AbortSignal },
) => HostUser | null | undefined | Promise<HostUser | null | undefined>;

/** Options for a host application that has its own users. */
export interface HostOptions {
  /** Resolves tokens of the host application. */
  authenticate?: Authenticate | undefined;
  /** Whether users can also register and log in with a password. Default: only if there is no `authenticate`. */
  ownAccounts?: boolean | undefined;
  /**
   * Whether a user of the host application takes over an existing Mirage account of the same name, with its messages and
   * rooms, which ends its password and sessions. By default such a user is rejected. Cannot be combined with
   * `ownAccounts`, because registering a name at the host would then hijack another person's account here.
   */
  adoptAccounts?: boolean | undefined;
}
