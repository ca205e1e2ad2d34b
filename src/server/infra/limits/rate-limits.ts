import type { Config } from '../../core/config.ts';

/** Attempts allowed per key in a fixed window. */
export interface Limit {
  attempts: number;
  windowMs: number;
  /** What the keys are: the name of a user, the network of an address, a JSON array of two of these, or the hash of an e-mail address. */
  by: 'user' | 'address' | 'userAndAddress' | 'roomAndUser' | 'email';
}

const minute = 60_000;

/**
 * All rate limits. An address may be shared by a whole school or company,
 * so limits per address are higher than limits per user.
 */
export const limits = {
  /** Failed logins per user name, from addresses from which this user has not logged in. */
  login: { attempts: 10, windowMs: 15 * minute, by: 'user' },
  /** Failed logins per user name and address from which this user has logged in. */
  loginFromKnownAddress: { attempts: 10, windowMs: 15 * minute, by: 'userAndAddress' },
  /** Wrong current passwords per user, when changing the password and in proofs of who they are. */
  currentPassword: { attempts: 10, windowMs: 15 * minute, by: 'user' },
  /** Wrong codes and passkeys per user, at log-ins and in proofs of who they are. */
  secondFactor: { attempts: 10, windowMs: 15 * minute, by: 'user' },
  /** Wrong room passwords per user and room. */
  roomPassword: { attempts: 10, windowMs: 15 * minute, by: 'roomAndUser' },
  /** Passwords hashed or compared per logged-in user. */
  passwordWork: { attempts: 60, windowMs: minute, by: 'user' },
  /** Failed logins and wrong room passwords per address. Known callers are not refused for those of others. */
  passwordsFromAddress: { attempts: 100, windowMs: 15 * minute, by: 'address' },
  /** Unknown tokens per address, if there is a host to ask about them. */
  hostTokens: { attempts: 300, windowMs: minute, by: 'address' },
  /** Accounts created per address. */
  register: { attempts: 60, windowMs: 60 * minute, by: 'address' },
  /** Links for a new password asked for per e-mail address, known or not. */
  passwordReset: { attempts: 5, windowMs: 60 * minute, by: 'email' },
  /** The same per address. */
  passwordResetsFromAddress: { attempts: 60, windowMs: 60 * minute, by: 'address' },
  /** Links mailed to verify an address per user. */
  emailVerification: { attempts: 5, windowMs: 60 * minute, by: 'user' },
  /** The same per e-mail address, which many accounts may give. */
  emailVerificationOfAddress: { attempts: 10, windowMs: 60 * minute, by: 'email' },
  /** Mails that tell of a new password or a changed second factor per user. */
  passwordMails: { attempts: 10, windowMs: 60 * minute, by: 'user' },
  /** Unknown, used and expired links opened per address. */
  links: { attempts: 100, windowMs: 60 * minute, by: 'address' },
  /** Log-ins begun with other services per address. */
  oidcLogins: { attempts: 300, windowMs: 15 * minute, by: 'address' },
  /** Log-ins that other services have not confirmed per address. */
  oidcRefusals: { attempts: 300, windowMs: 15 * minute, by: 'address' },
  /** Unknown user names looked up per address, without a session. */
  lookup: { attempts: 300, windowMs: 60 * minute, by: 'address' },
  /** Tickets issued per user, within the lifetime of a ticket; the setting `MAX_TICKETS_PER_USER`. */
  tickets: { attempts: 100, windowMs: 30_000, by: 'user' },
  /** Messages sent per user, to rooms and inboxes together. */
  send: { attempts: 600, windowMs: minute, by: 'user' },
  /** Files uploaded per user. */
  uploads: { attempts: 120, windowMs: minute, by: 'user' },
  /** Archives of their own data asked for per user. */
  exports: { attempts: 5, windowMs: 24 * 60 * minute, by: 'user' },
  /** Messages of a member to a room in slow mode, which has a window of its own: at the longest this one. */
  slowMode: { attempts: 1, windowMs: 60 * minute, by: 'roomAndUser' },
  /** Changes to rooms, their members, bans, invitations, messages and reactions per user. */
  roomChanges: { attempts: 120, windowMs: minute, by: 'user' },
  /** Times that rooms are told of one user's coming and going. */
  comingAndGoing: { attempts: 20, windowMs: 60 * minute, by: 'user' },
  /** Invitations looked up per address, without joining. */
  invites: { attempts: 600, windowMs: 60 * minute, by: 'address' },
  /** Changes of privacy settings, and users blocked and unblocked, per user. */
  privacy: { attempts: 120, windowMs: minute, by: 'user' },
  /** Searches for users per user. */
  userSearch: { attempts: 120, windowMs: minute, by: 'user' },
  /** Searches per user. */
  search: { attempts: 300, windowMs: minute, by: 'user' },
  /** Subscriptions opened per user. */
  subscribe: { attempts: 600, windowMs: minute, by: 'user' },
  /** Subscriptions opened per user in place of ones that ended with their connection. */
  resume: { attempts: 3000, windowMs: minute, by: 'user' },
  /** WebSockets opened per address. */
  connect: { attempts: 1200, windowMs: minute, by: 'address' },
} as const satisfies Record<string, Limit>;

/** Open connections per address. */
export const maxConnectionsOfAddress = 2000;

export type LimitName = keyof typeof limits;

export type Limits = Readonly<Record<LimitName, Limit>>;

/** The limits with the settings applied. */
export const limitsOf = ({ maxPerUser }: Pick<Config, 'maxPerUser'>): Limits => ({
  ...limits,
  tickets: { ...limits.tickets, attempts: maxPerUser.tickets },
});

/** A limit that refuses further attempts at present. */
export interface ReachedLimit {
  name: LimitName;
  key: string;
  retryAfterMs: number;
}

export interface RateLimits {
  /**
   * Counts an attempt. Resolves to 0 if it is within the limit, otherwise to the milliseconds until the next attempt. A window
   * that begins with this attempt lasts `windowMs`, in whole seconds; by default as long as that of the limit.
   */
  count(name: LimitName, key: string, windowMs?: number): Promise<number>;
  /** Takes back one counted attempt. */
  refund(name: LimitName, key: string): Promise<void>;
  /** Sets the count to zero. */
  reset(name: LimitName, key: string): Promise<void>;
  /** The limits that are reached at present. */
  reached(): Promise<ReachedLimit[]>;
}

/** For `RATE_LIMIT=off`: slow mode is a rule of its room, and stays. */
export const onlySlowMode = (limits: RateLimits): RateLimits => ({
  ...noRateLimits,
  count: (name, key, windowMs) => (name === 'slowMode' ? limits.count(name, key, windowMs) : unlimited),
  reset: async (name, key) => {
    if (name === 'slowMode') await limits.reset(name, key);
  },
});

const unlimited = Promise.resolve(0);

/** For commands that reach no server. */
export const noRateLimits: RateLimits = {
  count: async () => 0,
  refund: async () => {},
  reset: async () => {},
  reached: async () => [],
};
