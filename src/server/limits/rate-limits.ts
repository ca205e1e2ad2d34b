/** How often something may be tried in a window of time, by one key. */
export interface Limit {
  attempts: number;
  windowMs: number;
}

const minute = 60_000;

/** Every limit of Mirage. What each key is made of is said where the limit is asked. */
export const limits = {
  /** Failed logins of one user name from one address. */
  login: { attempts: 10, windowMs: 15 * minute },
  /** Wrong passwords of one user for one room. */
  roomPassword: { attempts: 10, windowMs: 15 * minute },
  /** Accounts made from one address. */
  register: { attempts: 20, windowMs: 60 * minute },
  /** Messages sent by one user, to rooms and inboxes together. */
  send: { attempts: 600, windowMs: minute },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;

export interface RateLimits {
  /** Counts an attempt. Resolves to 0 when it is within the limit, otherwise to the milliseconds until the next may be. */
  count(name: LimitName, key: string): Promise<number>;
  /** Takes back what was counted, after an attempt that succeeded. */
  forget(name: LimitName, key: string): Promise<void>;
}

/** For `RATE_LIMIT=off`. */
export const noRateLimits: RateLimits = {
  count: async () => 0,
  forget: async () => {},
};
