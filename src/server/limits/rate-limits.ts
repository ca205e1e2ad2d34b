/** How often something may be tried in a window of time, by one key. */
export interface Limit {
  attempts: number;
  windowMs: number;
}

const minute = 60_000;

/**
 * Every limit of Mirage. What each key is made of is said where the limit is asked. An address may stand for a whole
 * school or company, so that what one address may do is more than what one user may.
 */
export const limits = {
  /** Failed logins of one user name, by all who have not lately logged in as this user from where they are. */
  login: { attempts: 10, windowMs: 15 * minute },
  /** Failed logins of one user name from one address that this user has logged in from. */
  loginFromKnownAddress: { attempts: 10, windowMs: 15 * minute },
  /** Wrong current passwords of one who would change it. */
  currentPassword: { attempts: 10, windowMs: 15 * minute },
  /** Wrong passwords of one user for one room. */
  roomPassword: { attempts: 10, windowMs: 15 * minute },
  /** Failed logins and wrong passwords for rooms from one address. */
  passwordsFromAddress: { attempts: 100, windowMs: 15 * minute },
  /** Tokens from one address that are nobody's, where a host is asked about them. */
  hostTokens: { attempts: 300, windowMs: minute },
  /** Accounts made from one address. */
  register: { attempts: 20, windowMs: 60 * minute },
  /** Messages sent by one user, to rooms and inboxes together. */
  send: { attempts: 600, windowMs: minute },
  /** Subscriptions begun by one user. */
  subscribe: { attempts: 600, windowMs: minute },
  /** WebSockets opened from one address. */
  connect: { attempts: 1200, windowMs: minute },
} as const satisfies Record<string, Limit>;

/** Connections that one address may have at one time. */
export const maxConnectionsOfAddress = 2000;

export type LimitName = keyof typeof limits;

export interface RateLimits {
  /** Counts an attempt. Resolves to 0 when it is within the limit, otherwise to the milliseconds until the next may be. */
  count(name: LimitName, key: string): Promise<number>;
  /** Takes back one attempt, after it has succeeded. */
  takeBack(name: LimitName, key: string): Promise<void>;
  /** Takes back all that was counted. */
  forget(name: LimitName, key: string): Promise<void>;
}

/** For `RATE_LIMIT=off`. */
export const noRateLimits: RateLimits = {
  count: async () => 0,
  takeBack: async () => {},
  forget: async () => {},
};
