/** A user of the program that Mirage is part of, as that program describes them. */
export interface HostUser {
  /**
   * Who it is: 1 to 100 characters, no white space at its ends, compared to the letter. Whoever comes with it has the
   * messages and rooms of the one before, so it must never be given to another person.
   */
  username: string;
  /** What is given is taken over each time, and null means none. What is left out is left to the user. */
  email?: string | null | undefined;
  /** The URL of a picture. */
  avatarUrl?: string | null | undefined;
  /** At most 500 words about the user. */
  description?: string | null | undefined;
}

/**
 * Whose token this is, or null if it is nobody's, or not any more. Asked when a token is first seen, and again while it
 * is used, every 30 seconds. It has 5 seconds to answer, after which `signal` aborts; for as long as it throws or does not
 * answer in time, nobody gets in by a token of the host (503).
 *
 * The token is what a caller has sent: any text of up to 8192 characters.
 */
export type Authenticate = (
  token: string,
  options: { signal: AbortSignal },
) => HostUser | null | undefined | Promise<HostUser | null | undefined>;

/** For a program with users of its own. */
export interface HostOptions {
  /** Says whose token it is. */
  authenticate?: Authenticate | undefined;
  /**
   * Whether people may also register and log in here with a password. By default they may where there is no
   * `authenticate`, and may not where there is one.
   */
  ownAccounts?: boolean | undefined;
  /**
   * Whether a user of the host takes over an account of the same name that is not the host's, with its messages and rooms;
   * its password and sessions end with that. By default such a user is refused. Not together with `ownAccounts`, as
   * whoever registered a name at the host could then have the account of somebody else here.
   */
  adoptAccounts?: boolean | undefined;
}
